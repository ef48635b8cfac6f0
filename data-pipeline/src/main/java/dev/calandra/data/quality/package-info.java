/**
 * Which documents are worth training on: length, repetition, duplicates and near-duplicates across sources, and text of evaluation sets. Owns
 * the steps and what they remember of documents seen. It must not know tokenizers, shards or files: it is given text and says what to drop and
 * why.
 */
package dev.calandra.data.quality;
