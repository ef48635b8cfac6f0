package dev.calandra.data.shards;

import java.util.List;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The columns of a shard: {@code tokens} List of Int32 (one row is one document and ends with the end-of-text token), {@code loss_start}
 * Int32 (index in the row of the first token that may be a loss target, 0 = all), {@code id} Int64 (first 64 bits of the SHA-256 of the
 * document's id). None is nullable, so validity buffers are empty. Tokens are Int32 and not UInt16, which would halve the files, so that
 * vocabularies beyond 65,536 and any Arrow reader's default types need no second format.
 */
final class ShardSchema {
    static final String TOKENS = "tokens";
    static final String LOSS_START = "loss_start";
    static final String ID = "id";

    /** Buffers of a record batch, in order: validity and offsets of the list, validity and values of each of the three leaves. */
    static final int OFFSETS_BUFFER = 1;

    static final int VALUES_BUFFER = 3;
    static final int LOSS_START_BUFFER = 5;
    static final int ID_BUFFER = 7;
    static final int BUFFERS = 8;

    /** Field nodes of a record batch, in order: list, its items, loss_start, id. */
    static final int NODES = 4;

    private ShardSchema() {}

    static Schema of(ShardIdentity identity) {
        Field item = field("item", new ArrowType.Int(32, true), List.of());
        return new Schema(
                List.of(
                        field(TOKENS, new ArrowType.List(), List.of(item)),
                        field(LOSS_START, new ArrowType.Int(32, true), List.of()),
                        field(ID, new ArrowType.Int(64, true), List.of())),
                identity.metadata());
    }

    private static Field field(String name, ArrowType type, List<Field> children) {
        return new Field(name, FieldType.notNullable(type), children);
    }
}
