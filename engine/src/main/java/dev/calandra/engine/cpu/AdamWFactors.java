package dev.calandra.engine.cpu;

import dev.calandra.engine.AdamWStep;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The constants of a step, computed in double and rounded once, as PyTorch's fused AdamW does. */
record AdamWFactors(
        float gradientScale,
        float firstWeight,
        float beta2,
        float secondWeight,
        float rootCorrection,
        float epsilon,
        float decay,
        float stepSize) {

    static AdamWFactors of(AdamWStep step) {
        double firstCorrection = 1 - Math.pow(step.beta1(), step.step());
        double secondCorrection = 1 - Math.pow(step.beta2(), step.step());
        return new AdamWFactors(
                (float) step.gradientScale(),
                (float) (1 - step.beta1()),
                (float) step.beta2(),
                (float) (1 - step.beta2()),
                (float) Math.sqrt(secondCorrection),
                (float) step.epsilon(),
                (float) (1 - step.learningRate() * step.weightDecay()),
                (float) (step.learningRate() / firstCorrection));
    }

    FloatVector moment(FloatVector before, FloatVector gradient) {
        return before.add(gradient.sub(before).mul(firstWeight));
    }

    FloatVector square(FloatVector before, FloatVector gradient) {
        return before.mul(beta2).add(gradient.mul(secondWeight).mul(gradient));
    }

    FloatVector value(FloatVector before, FloatVector moment, FloatVector square) {
        FloatVector denominator =
                square.lanewise(VectorOperators.SQRT).div(rootCorrection).add(epsilon);
        return before.mul(decay).sub(moment.mul(stepSize).div(denominator));
    }
}
