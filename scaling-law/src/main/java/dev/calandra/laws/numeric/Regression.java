package dev.calandra.laws.numeric;

import java.util.Arrays;

/**
 * Robust non-linear regression: minimises the sum of Huber's losses of weighted residuals. Steps of Levenberg and Marquardt with the
 * residuals reweighted find the valley; steps of Broyden, Fletcher, Goldfarb and Shanno, started with the curvature found there, go to its
 * bottom, because reweighting alone creeps when most residuals are far beyond delta. Deterministic.
 */
public final class Regression {
    private static final int MARQUARDT_STEPS = 200;
    private static final int NEWTON_STEPS = 200;
    private static final double FLOOR = 1e-12;

    /** What is fitted. */
    public interface Model {
        /** Number of residuals. */
        int size();

        /** The model with its parameters given. */
        Point at(double[] parameters);
    }

    /** A model at given parameters. */
    public interface Point {
        /**
         * One residual.
         *
         * @param gradient receives the residual's derivatives by the parameters
         */
        double residual(int index, double[] gradient);
    }

    /**
     * Where the search ended.
     *
     * @param parameters the point
     * @param objective sum of the losses there
     * @param curvature of the weighted squares there: the sum of w J'J
     */
    public record Fit(double[] parameters, double objective, double[][] curvature) {}

    private final Model model;
    private final Huber huber;
    private final double[] weights;
    private final int unknowns;
    private final double tolerance;

    private Regression(Model model, Huber huber, double[] weights, int unknowns, double tolerance) {
        this.model = model;
        this.huber = huber;
        this.weights = weights;
        this.unknowns = unknowns;
        this.tolerance = tolerance;
    }

    /**
     * Searches from a start.
     *
     * @param weights one for each residual, 0 to leave it out
     * @param tolerance the search ends when a step promises less than this share of the objective
     */
    public static Fit fit(Model model, Huber huber, double[] weights, double[] start, double tolerance) {
        Regression regression = new Regression(model, huber, weights, start.length, tolerance);
        return regression.descend(regression.marquardt(start.clone()));
    }

    private Fit marquardt(double[] start) {
        double[] at = start;
        State state = state(at);
        double damping = 1e-3;
        for (int step = 0; step < MARQUARDT_STEPS && damping < 1e12; step++) {
            double[][] damped =
                    Arrays.stream(state.curvature).map(double[]::clone).toArray(double[][]::new);
            for (int i = 0; i < unknowns; i++) {
                damped[i][i] += damping * Math.max(state.curvature[i][i], 1e-12);
            }
            double[] move = Symmetric.solve(damped, state.gradient);
            if (move == null) {
                damping *= 10;
                continue;
            }
            double[] next = minus(at, move);
            double objective = objective(next);
            if (!(objective < state.objective)) {
                damping *= 4;
                continue;
            }
            double gain = state.objective - objective;
            at = next;
            boolean small = gain < Math.max(1e-6, tolerance) * objective;
            state = state(at);
            damping = Math.max(damping / 5, 1e-12);
            if (small) {
                break;
            }
        }
        return new Fit(at, state.objective, state.curvature);
    }

    private Fit descend(Fit start) {
        double[] at = start.parameters();
        State state = state(at);
        double[][] inverse = inverse(state.curvature);
        boolean fresh = true;
        for (int step = 0; step < NEWTON_STEPS; step++) {
            double[] move = times(inverse, state.gradient);
            double promised = dot(move, state.gradient);
            if (!(promised > tolerance * state.objective)) {
                break;
            }
            double length = lineSearch(at, move, state.objective, promised);
            if (length == 0) {
                if (fresh) {
                    break;
                }
                inverse = inverse(state.curvature);
                fresh = true;
                continue;
            }
            double[] next = at.clone();
            for (int i = 0; i < unknowns; i++) {
                next[i] -= length * move[i];
            }
            State there = state(next);
            update(inverse, minus(next, at), minus(there.gradient, state.gradient));
            fresh = false;
            at = next;
            state = there;
        }
        return new Fit(at, state.objective, state.curvature);
    }

    /** A share of the step that keeps what its slope promises, 0 if none does. */
    private double lineSearch(double[] at, double[] move, double objective, double promised) {
        double length = 1;
        for (int halving = 0; halving < 30; halving++) {
            double[] next = at.clone();
            for (int i = 0; i < unknowns; i++) {
                next[i] -= length * move[i];
            }
            if (objective(next) <= objective - 1e-4 * length * promised) {
                return length;
            }
            length *= 0.5;
        }
        return 0;
    }

    /** The update of the inverse curvature; left out where the objective is not convex along the step. */
    private void update(double[][] inverse, double[] step, double[] change) {
        double sy = dot(step, change);
        if (!(sy > 1e-12 * Math.sqrt(dot(step, step) * dot(change, change)))) {
            return;
        }
        double[] hy = times(inverse, change);
        double factor = (1 + dot(change, hy) / sy) / sy;
        for (int i = 0; i < unknowns; i++) {
            for (int j = 0; j < unknowns; j++) {
                inverse[i][j] += factor * step[i] * step[j] - (hy[i] * step[j] + step[i] * hy[j]) / sy;
            }
        }
    }

    private double[][] inverse(double[][] curvature) {
        double largest = 0;
        for (int i = 0; i < unknowns; i++) {
            largest = Math.max(largest, curvature[i][i]);
        }
        for (double ridge = FLOOR; ; ridge *= 100) {
            double[][] firm = Arrays.stream(curvature).map(double[]::clone).toArray(double[][]::new);
            for (int i = 0; i < unknowns; i++) {
                firm[i][i] += ridge * largest;
            }
            double[][] inverse = Symmetric.inverse(firm);
            if (inverse != null || ridge > 1) {
                return inverse != null ? inverse : identity();
            }
        }
    }

    private double[][] identity() {
        double[][] identity = new double[unknowns][unknowns];
        for (int i = 0; i < unknowns; i++) {
            identity[i][i] = 1;
        }
        return identity;
    }

    private double objective(double[] at) {
        Point point = model.at(at);
        double[] ignored = new double[unknowns];
        double sum = 0;
        for (int i = 0; i < model.size(); i++) {
            if (weights[i] != 0) {
                sum += weights[i] * huber.of(point.residual(i, ignored));
            }
        }
        return sum;
    }

    private State state(double[] at) {
        State state = new State(new double[unknowns], new double[unknowns][unknowns]);
        Point point = model.at(at);
        double[] slope = new double[unknowns];
        for (int i = 0; i < model.size(); i++) {
            if (weights[i] == 0) {
                continue;
            }
            double residual = point.residual(i, slope);
            double weight = weights[i] * huber.weight(residual);
            state.objective += weights[i] * huber.of(residual);
            for (int j = 0; j < unknowns; j++) {
                double scaled = weight * slope[j];
                state.gradient[j] += scaled * residual;
                for (int k = 0; k <= j; k++) {
                    state.curvature[j][k] += scaled * slope[k];
                }
            }
        }
        for (int j = 0; j < unknowns; j++) {
            for (int k = j + 1; k < unknowns; k++) {
                state.curvature[j][k] = state.curvature[k][j];
            }
        }
        return state;
    }

    private static double[] minus(double[] a, double[] b) {
        double[] difference = a.clone();
        for (int i = 0; i < a.length; i++) {
            difference[i] -= b[i];
        }
        return difference;
    }

    private static double[] times(double[][] m, double[] x) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            product[i] = dot(m[i], x);
        }
        return product;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static final class State {
        private final double[] gradient;
        private final double[][] curvature;
        private double objective;

        State(double[] gradient, double[][] curvature) {
            this.gradient = gradient;
            this.curvature = curvature;
        }
    }
}
