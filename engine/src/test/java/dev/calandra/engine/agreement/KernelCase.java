package dev.calandra.engine.agreement;

import dev.calandra.engine.Kernels;
import dev.calandra.engine.support.TestTensors;

/** An operation on inputs of one shape, ready to run on any implementation. */
record KernelCase(String name, Body body) {

    /** Makes inputs, calls the kernels, keeps outputs. */
    interface Body {
        void run(Kernels kernels, TestTensors tensors, Outputs outputs);
    }

    /** The outputs on these kernels; the same inputs whenever and on whatever it runs. Fails on a leak. */
    Outputs run(Kernels kernels) {
        Outputs outputs = new Outputs(name);
        try (TestTensors tensors = new TestTensors(name.hashCode())) {
            body.run(kernels, tensors, outputs);
        }
        return outputs;
    }

    @Override
    public String toString() {
        return name;
    }
}
