package dev.calandra.trainer.model;

/** The numbers of a model's published tensors, wherever they come from. */
public interface WeightReader {

    /** Where they come from, for messages. */
    String location();

    /**
     * Some neighbouring elements of a tensor, row-major, into the start of an array.
     *
     * @param first index of the first one
     * @throws dev.calandra.configs.CheckpointException when there is no such tensor, or it cannot be read
     */
    void read(String name, long first, float[] target, int count);
}
