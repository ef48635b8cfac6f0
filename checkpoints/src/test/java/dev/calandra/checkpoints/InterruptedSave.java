package dev.calandra.checkpoints;

import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/** A storage that does something of the test's choice before one of its changing operations. */
final class InterruptedSave {
    private static final Set<String> CHANGES = Set.of(
            "createFile",
            "createFolders",
            "renameFolder",
            "replaceFile",
            "delete",
            "syncFolder",
            "write",
            "sync",
            "close");

    private final Storage storage;
    private final int at;
    private final Event event;
    private int operations;

    /** What happens in between. */
    @FunctionalInterface
    interface Event {
        void happen() throws IOException;
    }

    InterruptedSave(Storage storage, int at, Event event) {
        this.storage = storage;
        this.at = at;
        this.event = event;
    }

    Storage storage() {
        return intercepted(Storage.class, storage);
    }

    /** Whether the operation was reached. */
    boolean happened() {
        return operations > at;
    }

    private <T> T intercepted(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    if (CHANGES.contains(method.getName()) && operations++ == at) {
                        event.happen();
                    }
                    try {
                        Object result = method.invoke(target, arguments);
                        return result instanceof OutputFile file ? intercepted(OutputFile.class, file) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
