package dev.calandra.laws.forms;

import java.util.List;

/**
 * Chinchilla's form with tokens and parameters discounted when data repeats (Muennighoff et al., arXiv 2305.16264, section 3.1): U unique
 * tokens seen 1 + R times count as U + U R_D (1 - e^(-R / R_D)), and parameters beyond those that are best for U tokens are discounted
 * alike with R_N.
 */
public record Repetition() implements LossForm {

    @Override
    public String name() {
        return "repetition";
    }

    @Override
    public String formula() {
        return "L = E + A / N'^alpha + B / D'^beta, D' = U + U R_D (1 - exp(-(D / U - 1) / R_D)), N' alike with R_N";
    }

    @Override
    public List<String> constants() {
        return List.of("E", "A", "alpha", "B", "beta", "R_D", "R_N");
    }

    @Override
    public List<String> variables() {
        return List.of("parameters", "tokens", "unique_tokens");
    }

    @Override
    public boolean isPositive(int constant) {
        return true;
    }

    @Override
    public double gradient(double[] c, double[] logs, double[] gradient) {
        double all = Math.exp(logs[0]);
        double unique = Math.min(logs[2], logs[1]);
        double logEnough = (Math.log(c[2] * c[1] / (c[4] * c[3])) + c[4] * unique) / c[2];
        boolean surplus = logEnough < logs[0];
        double enough = surplus ? Math.exp(logEnough) : all;
        Discounted data = new Discounted(Math.exp(unique), Math.exp(logs[1]), c[5]);
        Discounted model = new Discounted(enough, all, c[6]);
        double modelTerm = c[1] * Math.pow(model.worth(), -c[2]);
        double dataTerm = c[3] * Math.pow(data.worth(), -c[4]);
        double byModel = -c[2] * modelTerm / model.worth();
        double byLogEnough = surplus ? byModel * model.byFresh() * enough : 0;
        gradient[0] = 1;
        gradient[1] = modelTerm / c[1] + byLogEnough / (c[2] * c[1]);
        gradient[2] = -modelTerm * Math.log(model.worth()) + byLogEnough * (1 / c[2] - logEnough) / c[2];
        gradient[3] = dataTerm / c[3] - byLogEnough / (c[2] * c[3]);
        gradient[4] = -dataTerm * Math.log(data.worth()) + byLogEnough * (unique - 1 / c[4]) / c[2];
        gradient[5] = -c[4] * dataTerm / data.worth() * data.byDecay();
        gradient[6] = byModel * model.byDecay();
        return c[0] + modelTerm + dataTerm;
    }

    /** What {@code all} is worth of which {@code fresh} is fresh, and the rest is worth less and less. */
    private record Discounted(double fresh, double all, double decay) {
        double worth() {
            return fresh + fresh * decay * -Math.expm1(-repeats() / decay);
        }

        double byFresh() {
            double left = Math.exp(-repeats() / decay);
            return 1 + decay * (1 - left) - left * all / fresh;
        }

        double byDecay() {
            double exponent = repeats() / decay;
            return fresh * (-Math.expm1(-exponent) - exponent * Math.exp(-exponent));
        }

        private double repeats() {
            return all / fresh - 1;
        }
    }
}
