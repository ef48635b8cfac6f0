package dev.calandra.cli;

import java.io.PrintWriter;
import java.util.Map;

/** Something measured, for people and as JSON. */
sealed interface Report permits StepReport, CollectiveReport, ProfileReport, GenerationReport, CheckpointReport {

    void print(PrintWriter out);

    /** The same as fields of a JSON object that it may share with other reports. */
    Map<String, Object> fields();
}
