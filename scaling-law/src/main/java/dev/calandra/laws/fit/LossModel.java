package dev.calandra.laws.fit;

import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.numeric.Regression;
import java.util.stream.IntStream;

/**
 * A form with some of its constants free, as residuals over runs. The search moves logarithms of positive constants, so that every point of
 * it is a law.
 */
final class LossModel implements Regression.Model {
    /** Logarithm beyond which a constant is as good as infinite, or as zero. */
    private static final double LARGEST = 40;

    private final LossForm form;
    private final double[][] logs;
    private final double[] targets;
    private final boolean logarithmic;
    private final double[] fixed;
    private final int[] free;

    /**
     * @param logs of the variables, for each run
     * @param losses of the runs
     * @param fixed values of constants that are not fitted, NaN for those that are
     */
    LossModel(LossForm form, double[][] logs, double[] losses, boolean logarithmic, double[] fixed) {
        this.form = form;
        this.logs = logs;
        this.logarithmic = logarithmic;
        this.fixed = fixed.clone();
        this.targets = losses.clone();
        if (logarithmic) {
            for (int i = 0; i < targets.length; i++) {
                targets[i] = Math.log(targets[i]);
            }
        }
        this.free = IntStream.range(0, fixed.length)
                .filter(i -> Double.isNaN(fixed[i]))
                .toArray();
    }

    private LossModel(LossModel other, double[] targets) {
        this.form = other.form;
        this.logs = other.logs;
        this.logarithmic = other.logarithmic;
        this.fixed = other.fixed;
        this.free = other.free;
        this.targets = targets;
    }

    /** The same runs with other losses: what the law says at a point, plus one residual for each. */
    LossModel disturbed(double[] parameters, double[] residuals) {
        Regression.Point point = at(parameters);
        double[] ignored = new double[free.length];
        double[] moved = new double[targets.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = targets[i] + point.residual(i, ignored) - residuals[i];
        }
        return new LossModel(this, moved);
    }

    @Override
    public int size() {
        return targets.length;
    }

    /** Places of the constants that are fitted. */
    int[] free() {
        return free.clone();
    }

    /** The constants at a point of the search. */
    double[] constants(double[] parameters) {
        double[] constants = fixed.clone();
        for (int k = 0; k < free.length; k++) {
            constants[free[k]] =
                    form.isPositive(free[k]) ? Math.exp(Math.clamp(parameters[k], -LARGEST, LARGEST)) : parameters[k];
        }
        return constants;
    }

    /** The point of the search at which the constants are these; zero is taken as very small. */
    double[] parameters(double[] constants) {
        double[] parameters = new double[free.length];
        for (int k = 0; k < free.length; k++) {
            double value = constants[free[k]];
            parameters[k] = form.isPositive(free[k]) ? Math.log(Math.max(value, 1e-6)) : value;
        }
        return parameters;
    }

    @Override
    public Regression.Point at(double[] parameters) {
        double[] constants = constants(parameters);
        double[] inner = new double[free.length];
        for (int k = 0; k < free.length; k++) {
            boolean outside = form.isPositive(free[k]) && Math.abs(parameters[k]) > LARGEST;
            inner[k] = outside ? 0 : form.isPositive(free[k]) ? constants[free[k]] : 1;
        }
        double[] byConstant = new double[constants.length];
        return (index, gradient) -> {
            double predicted = form.gradient(constants, logs[index], byConstant);
            double scale = logarithmic ? 1 / predicted : 1;
            for (int k = 0; k < free.length; k++) {
                gradient[k] = scale * inner[k] * byConstant[free[k]];
            }
            return (logarithmic ? Math.log(predicted) : predicted) - targets[index];
        };
    }
}
