package dev.calandra.trainer.parallel;

import dev.calandra.checkpoints.SaveGroup;
import dev.calandra.engine.collective.Communicator;
import java.util.List;

/**
 * How the ranks of a run talk while they save.
 *
 * @param ranks all of them, in a group of its own: a save may go on beside training
 */
public record RankSaves(Communicator ranks) implements SaveGroup {

    @Override
    public int rank() {
        return ranks.rank();
    }

    @Override
    public int size() {
        return ranks.size();
    }

    @Override
    public byte[] broadcast(byte[] message) {
        return ranks.broadcast(message, 0);
    }

    @Override
    public List<byte[]> gather(byte[] message) {
        List<byte[]> all = ranks.allGather(message);
        return rank() == 0 ? all : List.of();
    }
}
