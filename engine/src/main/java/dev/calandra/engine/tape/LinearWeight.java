package dev.calandra.engine.tape;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.recipe.Bf16;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.recipe.Fp32;
import dev.calandra.engine.recipe.Fp8Blockwise;
import dev.calandra.engine.recipe.Recipe;
import java.util.Optional;

/**
 * The weight of a linear layer, or of one per expert, with the encoding its recipe asks for. The encoding is made at the
 * first use after {@link #changed}, once per optimizer step.
 */
public final class LinearWeight implements AutoCloseable {

    private final String name;
    private final Weight weight;
    private final Recipe recipe;
    private final int matrixRows;
    private Encoded encoded;

    /**
     * @param name for health reports and errors
     * @param weight [E, N, K]; borrowed
     * @param matrixRows rows of one matrix where the N outputs are a stack of matrices (gate over up); N otherwise
     */
    public LinearWeight(String name, Weight weight, Recipe recipe, int matrixRows) {
        this.name = name;
        this.weight = weight;
        this.recipe = recipe;
        this.matrixRows = matrixRows;
    }

    public String name() {
        return name;
    }

    public Recipe recipe() {
        return recipe;
    }

    /** N: outputs of the layer. */
    int outputs() {
        return weight.value().dim(-2);
    }

    /** K: inputs of the layer. */
    int inputs() {
        return weight.value().dim(-1);
    }

    Weight weight() {
        return weight;
    }

    /** What the products read; borrowed, until the weight changes. */
    Operand operand(Kernels kernels, TensorMemory memory) {
        if (encoded == null) {
            encoded = recipe.weight(kernels, memory, weight.value(), matrixRows);
        }
        return encoded.operand();
    }

    /** The encoding for inspection; {@link #operand} was called before. */
    Encoded encoded() {
        return encoded;
    }

    /** Room for the encoding, if it is one of FP8 codes in blocks; the caller's to close. */
    public Optional<Fp8Tensor> newBlocks(TensorMemory memory) {
        return switch (recipe) {
            case Fp8Blockwise fp8 -> Optional.of(fp8.blocks(memory, weight.value(), matrixRows));
            case Bf16 _, Fp32 _ -> Optional.empty();
        };
    }

    /**
     * Gives the encoding, which was made elsewhere from the newest values: those here need not be these. It holds until the next
     * {@link #changed}.
     *
     * @param made what the recipe would make; taken over
     */
    public void replaceEncoding(Encoded made) {
        close();
        encoded = made;
    }

    /** The values were overwritten: the encoding is void. No tape may still go back through it. */
    public void changed() {
        close();
    }

    /** Frees the encoding; the weight itself stays. */
    @Override
    public void close() {
        if (encoded != null) {
            encoded.close();
            encoded = null;
        }
    }
}
