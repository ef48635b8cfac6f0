/**
 * Token shards on storage: Arrow IPC files with a manifest beside them. Owns the format, its writer, and the reader that believes nothing
 * it has not checked. The only place that sees Arrow, and outside the engine the only one that touches raw memory. It must not know text,
 * tokenizers, mixtures or samples.
 */
package dev.calandra.data.shards;
