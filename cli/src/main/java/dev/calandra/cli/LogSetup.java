package dev.calandra.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * How the log begins; Logback finds this class as a service. A file of its own would be XML, which takes a good part of the
 * time of a short command to read.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {

    /** The log of Hadoop: what the storage makes of its failures is one line, where Hadoop's own are stack traces. */
    static final String HADOOP = "org.apache.hadoop";

    static final String CALANDRA = "dev.calandra";

    /** DJL looks for a GPU to tokenize with, and warns of not finding one. */
    private static final String GPU_SEARCH = "ai.djl.util.cuda";

    @Override
    public ExecutionStatus configure(LoggerContext log) {
        log.getLogger(CALANDRA).setLevel(Level.INFO);
        log.getLogger(GPU_SEARCH).setLevel(Level.ERROR);
        log.getLogger(HADOOP).setLevel(Level.OFF);
        Logger root = log.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(console(log));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Results go to standard output; what the log says is for the person watching. */
    private static ConsoleAppender<ILoggingEvent> console(LoggerContext log) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(log);
        encoder.setPattern("%-5level %msg%n");
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(log);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        return console;
    }
}
