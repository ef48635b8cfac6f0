package dev.calandra.engine.collective;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Signs of life as messages of one byte, in a group of their own. The memory they lie in lasts as long as the process. */
final class MpiBeats implements Beats {

    private final MpiLibrary library;
    private final long group;
    private final int next;
    private final int previous;
    private final MemorySegment beat = Arena.global().allocate(1);
    private final MemorySegment heard = Arena.global().allocate(1);

    MpiBeats(MpiLibrary library, long group, int next, int previous) {
        this.library = library;
        this.group = group;
        this.next = next;
        this.previous = previous;
    }

    @Override
    public Signal send() {
        return library.send(group, beat, next);
    }

    @Override
    public Signal receive() {
        return library.receive(group, heard, previous);
    }
}
