package dev.calandra.configs;

/** A tokenizer, corpus or shard that is missing, damaged or does not fit the config. */
public final class DataException extends CalandraException {
    public DataException(String message) {
        super(ExitCode.DATA, message);
    }

    public DataException(String message, Throwable cause) {
        super(ExitCode.DATA, message, cause);
    }
}
