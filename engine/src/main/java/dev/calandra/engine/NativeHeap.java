package dev.calandra.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory of the C library. An {@link Arena} clears what it hands out, on one thread and page by page; this leaves the pages
 * to the operating system, which clears each when a kernel first writes to it, on the thread that does.
 */
final class NativeHeap {

    private final MethodHandle allocate;
    private final MethodHandle free;

    NativeHeap() {
        Linker linker = Linker.nativeLinker();
        allocate = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("malloc"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        free = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    }

    /**
     * Memory with undefined contents that lives as long as the arena.
     *
     * @param alignment of the address, a power of two
     * @throws OutOfMemoryError when the system has none left
     */
    MemorySegment allocate(Arena arena, long bytes, long alignment) {
        long whole = Math.addExact(bytes, alignment);
        MemorySegment start;
        try {
            start = (MemorySegment) allocate.invokeExact(whole);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc failed", e);
        }
        if (start.address() == 0) {
            throw new OutOfMemoryError("cannot allocate " + bytes + " bytes for tensors outside of the Java heap");
        }
        long ahead = -start.address() & (alignment - 1);
        return start.reinterpret(whole, arena, this::free).asSlice(ahead, bytes);
    }

    private void free(MemorySegment memory) {
        try {
            free.invokeExact(memory);
        } catch (Throwable e) {
            throw new IllegalStateException("free failed", e);
        }
    }
}
