package dev.calandra.engine.collective;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of Open MPI's C library that this package calls, by the ABI of its versions 3 to 5, where a handle such as
 * {@code MPI_COMM_WORLD} is the address of a variable. The library is started for one call at a time: all methods hold this
 * object's monitor, and none but those that make groups waits for another rank.
 */
final class MpiLibrary {

    private static final String NAME = "libmpi.so.40";
    private static final int LAZY_AND_GLOBAL = 0x101;
    private static final int THREAD_SERIALIZED = 2;
    private static final int LONGEST_TEXT = 512;

    private static final ValueLayout INT = ValueLayout.JAVA_INT;
    private static final ValueLayout HANDLE = ValueLayout.JAVA_LONG;
    private static final ValueLayout POINTER = ValueLayout.ADDRESS;

    private final SymbolLookup symbols = open();
    private final MethodHandle errorString = function("MPI_Error_string", INT, POINTER, POINTER);
    private final MethodHandle version = function("MPI_Get_library_version", POINTER, POINTER);
    private final MethodHandle initialise = function("MPI_Init_thread", POINTER, POINTER, INT, POINTER);
    private final MethodHandle end = function("MPI_Finalize");
    private final MethodHandle abort = function("MPI_Abort", HANDLE, INT);
    private final MethodHandle rank = function("MPI_Comm_rank", HANDLE, POINTER);
    private final MethodHandle size = function("MPI_Comm_size", HANDLE, POINTER);
    private final MethodHandle returnErrors = function("MPI_Comm_set_errhandler", HANDLE, HANDLE);
    private final MethodHandle split = function("MPI_Comm_split", HANDLE, INT, INT, POINTER);
    private final MethodHandle test = function("MPI_Test", POINTER, POINTER, POINTER);
    private final MethodHandle cancel = function("MPI_Cancel", POINTER);
    private final MethodHandle freeRequest = function("MPI_Request_free", POINTER);
    private final MethodHandle allToAll = function(
            "MPI_Ialltoallv", POINTER, POINTER, POINTER, HANDLE, POINTER, POINTER, POINTER, HANDLE, HANDLE, POINTER);
    private final MethodHandle allGather =
            function("MPI_Iallgatherv", POINTER, INT, HANDLE, POINTER, POINTER, POINTER, HANDLE, HANDLE, POINTER);
    private final MethodHandle broadcast = function("MPI_Ibcast", POINTER, INT, HANDLE, INT, HANDLE, POINTER);
    private final MethodHandle barrier = function("MPI_Ibarrier", HANDLE, POINTER);
    private final MethodHandle send = function("MPI_Isend", POINTER, INT, HANDLE, INT, INT, HANDLE, POINTER);
    private final MethodHandle receive = function("MPI_Irecv", POINTER, INT, HANDLE, INT, INT, HANDLE, POINTER);

    private final long world = handle("ompi_mpi_comm_world");
    private final long errorsReturn = handle("ompi_mpi_errors_return");
    private final long bytes = handle("ompi_mpi_byte");
    private final long words = handle("ompi_mpi_int32_t");

    /**
     * @throws MpiUnavailableException when Open MPI is not installed
     * @throws MpiException when it does not start
     */
    MpiLibrary() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment provided = arena.allocate(INT);
            call("MPI_Init_thread", () ->
                    (int) initialise.invokeExact(MemorySegment.NULL, MemorySegment.NULL, THREAD_SERIALIZED, provided));
            if (provided.get(ValueLayout.JAVA_INT, 0) < THREAD_SERIALIZED) {
                throw new MpiUnavailableException(
                        version() + " was built without support for threads; install one that has it", null);
            }
        }
        call("MPI_Comm_set_errhandler", () -> (int) returnErrors.invokeExact(world, errorsReturn));
    }

    /** Plug-ins of the library look for its symbols in the process, which is why it is loaded for all to see. */
    private static SymbolLookup open() {
        Linker linker = Linker.nativeLinker();
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle load = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("dlopen"), FunctionDescriptor.of(POINTER, POINTER, INT));
            MemorySegment library = (MemorySegment) load.invokeExact(arena.allocateFrom(NAME), LAZY_AND_GLOBAL);
            if (library.equals(MemorySegment.NULL)) {
                throw new MpiUnavailableException(
                        NAME
                                + " cannot be loaded; install Open MPI (Debian: apt-get install openmpi-bin libopenmpi-dev)"
                                + " or name its folder in LD_LIBRARY_PATH",
                        null);
            }
        } catch (MpiException e) {
            throw e;
        } catch (Throwable e) {
            throw new MpiUnavailableException(NAME + " cannot be loaded: " + e, e);
        }
        return SymbolLookup.libraryLookup(NAME, Arena.global());
    }

    private MethodHandle function(String name, MemoryLayout... arguments) {
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(INT, arguments));
    }

    private long handle(String name) {
        return symbols.findOrThrow(name).address();
    }

    /** A call into the library. */
    @FunctionalInterface
    private interface Call {
        int run() throws Throwable;
    }

    private synchronized void call(String name, Call call) {
        int code;
        try {
            code = call.run();
        } catch (Throwable e) {
            throw new MpiException(name + " cannot be called: " + e, e);
        }
        if (code != 0) {
            throw new MpiException(name + " failed: " + text(code), null);
        }
    }

    private String text(int code) {
        return text(buffer -> length -> (int) errorString.invokeExact(code, buffer, length));
    }

    /** Name and version of the library. */
    String version() {
        return text(buffer -> length -> (int) version.invokeExact(buffer, length))
                .replaceFirst(",.*", "")
                .strip();
    }

    @FunctionalInterface
    private interface TextCall {
        int write(MemorySegment length) throws Throwable;
    }

    @FunctionalInterface
    private interface TextFunction {
        TextCall into(MemorySegment buffer);
    }

    private synchronized String text(TextFunction function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(LONGEST_TEXT * 16L);
            function.into(buffer).write(arena.allocate(INT));
            return buffer.getString(0);
        } catch (Throwable e) {
            throw new MpiException("Open MPI does not answer: " + e, e);
        }
    }

    long world() {
        return world;
    }

    int rank(long group) {
        return number(result -> () -> (int) rank.invokeExact(group, result));
    }

    int size(long group) {
        return number(result -> () -> (int) size.invokeExact(group, result));
    }

    @FunctionalInterface
    private interface NumberFunction {
        Call into(MemorySegment result);
    }

    private int number(NumberFunction function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(INT);
            call("MPI_Comm_rank or MPI_Comm_size", function.into(result));
            return result.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** Waits for all ranks of the group. */
    long split(long group, int colour, int key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment made = arena.allocate(HANDLE);
            call("MPI_Comm_split", () -> (int) split.invokeExact(group, colour, key, made));
            return made.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** Something under way, and the memory that must live until it is done. */
    final class Request implements Beats.Signal {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment handle = arena.allocate(HANDLE);
        private final MemorySegment done = arena.allocate(INT);

        @Override
        public boolean isDone() {
            call("MPI_Test", () -> (int) test.invokeExact(handle, done, MemorySegment.NULL));
            return done.get(ValueLayout.JAVA_INT, 0) != 0;
        }

        @Override
        public void cancel() {
            call("MPI_Cancel", () -> (int) cancel.invokeExact(handle));
            call("MPI_Request_free", () -> (int) freeRequest.invokeExact(handle));
        }

        private MemorySegment ints(int[] values) {
            return arena.allocateFrom(ValueLayout.JAVA_INT, values);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** Counts in units that fit into the library's 32 bits: words where everything is a whole number of them. */
    private record Units(long type, int width) {
        int[] counts(long[] parts) {
            int[] counts = new int[parts.length];
            for (int i = 0; i < parts.length; i++) {
                counts[i] = Math.toIntExact(parts[i] / width);
            }
            return counts;
        }

        int[] offsets(long[] parts) {
            int[] offsets = new int[parts.length];
            long at = 0;
            for (int i = 0; i < parts.length; i++) {
                offsets[i] = Math.toIntExact(at / width);
                at += parts[i];
            }
            return offsets;
        }
    }

    private Units units(boolean whole) {
        return whole ? new Units(words, Integer.BYTES) : new Units(bytes, 1);
    }

    private static boolean whole(long[] parts) {
        for (long part : parts) {
            if (part % Integer.BYTES != 0) {
                return false;
            }
        }
        return true;
    }

    Request allToAll(long group, MemorySegment out, long[] sent, MemorySegment in, long[] arriving) {
        Units sending = units(whole(sent));
        Units receiving = units(whole(arriving));
        return started("MPI_Ialltoallv", request -> {
            MemorySegment counts = request.ints(sending.counts(sent));
            MemorySegment offsets = request.ints(sending.offsets(sent));
            MemorySegment inCounts = request.ints(receiving.counts(arriving));
            MemorySegment inOffsets = request.ints(receiving.offsets(arriving));
            return () -> (int) allToAll.invokeExact(
                    out, counts, offsets, sending.type, in, inCounts, inOffsets, receiving.type, group, request.handle);
        });
    }

    Request allGather(long group, MemorySegment own, MemorySegment all, long[] parts, int rank) {
        Units units = units(whole(parts));
        int count = units.counts(parts)[rank];
        return started("MPI_Iallgatherv", request -> {
            MemorySegment counts = request.ints(units.counts(parts));
            MemorySegment offsets = request.ints(units.offsets(parts));
            return () -> (int) allGather.invokeExact(
                    own, count, units.type, all, counts, offsets, units.type, group, request.handle);
        });
    }

    Request broadcast(long group, MemorySegment data, int root) {
        Units units = units(data.byteSize() % Integer.BYTES == 0);
        int count = Math.toIntExact(data.byteSize() / units.width);
        return started(
                "MPI_Ibcast",
                request -> () -> (int) broadcast.invokeExact(data, count, units.type, root, group, request.handle));
    }

    Request barrier(long group) {
        return started("MPI_Ibarrier", request -> () -> (int) barrier.invokeExact(group, request.handle));
    }

    Request send(long group, MemorySegment data, int to) {
        int count = Math.toIntExact(data.byteSize());
        return started(
                "MPI_Isend", request -> () -> (int) send.invokeExact(data, count, bytes, to, 0, group, request.handle));
    }

    Request receive(long group, MemorySegment data, int from) {
        int count = Math.toIntExact(data.byteSize());
        return started(
                "MPI_Irecv",
                request -> () -> (int) receive.invokeExact(data, count, bytes, from, 0, group, request.handle));
    }

    @FunctionalInterface
    private interface Start {
        Call of(Request request);
    }

    private Request started(String name, Start start) {
        Request request = new Request();
        try {
            call(name, start.of(request));
            return request;
        } catch (RuntimeException e) {
            request.close();
            throw e;
        }
    }

    /** Ends all processes of the world; does not return where the library works. */
    void abort(int status) {
        call("MPI_Abort", () -> (int) abort.invokeExact(world, status));
    }

    /** Waits for all ranks of the world. */
    void end() {
        call("MPI_Finalize", () -> (int) end.invokeExact());
    }
}
