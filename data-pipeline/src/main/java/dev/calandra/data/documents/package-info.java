/**
 * Where documents come from: files in the formats that corpora are kept in, the JDK's source archive, generated problems; each yields
 * documents in a fixed order. Owns the formats and what counts as a bad record. It must not know tokenizers, shards or the job that reads it.
 */
package dev.calandra.data.documents;
