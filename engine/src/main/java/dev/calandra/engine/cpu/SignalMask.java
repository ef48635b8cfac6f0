package dev.calandra.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Keeps a thread's signals waiting while it runs native code that does not survive them: a handler's frame is laid onto the
 * thread's stack, and code that keeps data where it must not finds it overwritten. Signals that a thread raises itself, such
 * as a bad address, are let through. Linux.
 */
final class SignalMask {

    private static final int BLOCK = 0;
    private static final int SET = 2;
    /** SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV. */
    private static final int[] RAISED_BY_THE_THREAD = {4, 5, 6, 7, 8, 11};

    private static final long SET_BYTES = 128;

    private final MethodHandle change;
    private final MemorySegment waiting;
    private final ThreadLocal<MemorySegment> before =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SET_BYTES, Long.BYTES));

    SignalMask() {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        change = linker.downcallHandle(
                library.findOrThrow("pthread_sigmask"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                Linker.Option.critical(false));
        waiting = Arena.global().allocate(SET_BYTES, Long.BYTES);
        waiting.fill((byte) 0xFF);
        for (int signal : RAISED_BY_THE_THREAD) {
            int bit = signal - 1;
            long at = bit / Byte.SIZE;
            byte others = (byte) ~(1 << bit % Byte.SIZE);
            waiting.set(ValueLayout.JAVA_BYTE, at, (byte) (waiting.get(ValueLayout.JAVA_BYTE, at) & others));
        }
    }

    /** From here on signals to this thread wait. */
    void block() throws Throwable {
        check((int) change.invokeExact(BLOCK, waiting, before.get()));
    }

    /** Puts back what {@link #block} found; what waited arrives now. */
    void restore() throws Throwable {
        check((int) change.invokeExact(SET, before.get(), MemorySegment.NULL));
    }

    private static void check(int error) {
        if (error != 0) {
            throw new IllegalStateException("pthread_sigmask failed with error " + error);
        }
    }
}
