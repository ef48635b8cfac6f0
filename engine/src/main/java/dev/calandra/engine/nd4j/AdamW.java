package dev.calandra.engine.nd4j;

import dev.calandra.engine.AdamWStep;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * What AdamW holds after a step (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2, in PyTorch's arrangement: epsilon
 * is added after the second moment's bias correction).
 */
record AdamW(INDArray parameter, INDArray firstMoment, INDArray secondMoment) {

    /** The state after one more step. */
    AdamW step(INDArray gradient, AdamWStep step) {
        INDArray g = gradient.mul(step.gradientScale());
        INDArray m = firstMoment.mul(step.beta1()).addi(g.mul(1 - step.beta1()));
        INDArray v = secondMoment.mul(step.beta2()).addi(g.mul(g).muli(1 - step.beta2()));
        INDArray correctedM = m.div(1 - Math.pow(step.beta1(), step.step()));
        INDArray correctedV = v.div(1 - Math.pow(step.beta2(), step.step()));
        INDArray direction = correctedM.divi(Transforms.sqrt(correctedV, false).addi(step.epsilon()));
        INDArray decayed = parameter.mul(1 - step.learningRate() * step.weightDecay());
        return new AdamW(decayed.subi(direction.muli(step.learningRate())), m, v);
    }
}
