package dev.calandra.engine.recipe;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * An operand together with the memory it reads from: as long as this handle is open, the operand can be multiplied.
 *
 * @param operand what the products read
 * @param owned owning handles on everything that the operand reads
 */
public record Encoded(Operand operand, List<Tensor> owned) implements AutoCloseable {

    public Encoded {
        owned = List.copyOf(owned);
    }

    private static Encoded owning(Tensor tensor) {
        return new Encoded(tensor, List.of(tensor));
    }

    /** Takes over codes and scales. */
    public static Encoded owning(Fp8Tensor tensor) {
        return new Encoded(tensor, List.of(tensor.codes(), tensor.scales()));
    }

    /** A second owner of what the operand reads; the given operand's own handles may be closed afterwards. */
    static Encoded sharing(Operand operand) {
        return switch (operand) {
            case Tensor tensor -> owning(tensor.share());
            case Fp8Tensor fp8 ->
                owning(new Fp8Tensor(
                        fp8.codes().share(), fp8.scales().share(), fp8.format(), fp8.layout(), fp8.matrixRows()));
            case GatheredRows gathered -> sharingGathered(gathered);
        };
    }

    private static Encoded sharingGathered(GatheredRows gathered) {
        Encoded source = sharing(gathered.source());
        Tensor index = gathered.index().share();
        if (gathered.scale() == null) {
            return new Encoded(new GatheredRows(source.operand, index), concatenate(source.owned, index));
        }
        Tensor scale = gathered.scale().share();
        return new Encoded(new GatheredRows(source.operand, index, scale), concatenate(source.owned, index, scale));
    }

    private static List<Tensor> concatenate(List<Tensor> first, Tensor... more) {
        return Stream.concat(first.stream(), Arrays.stream(more)).toList();
    }

    /** A second handle on the same encoding. */
    public Encoded share() {
        return sharing(operand);
    }

    @Override
    public void close() {
        owned.forEach(Tensor::close);
    }
}
