package dev.calandra.cli;

import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.data.documents.DocumentSource;

/**
 * A corpus of the demo.
 *
 * @param name of the source
 * @param kind what share of the mixture it belongs to
 * @param documents its text
 */
record DemoSource(String name, Kind kind, DocumentSource documents) {}
