/**
 * Text cut into pre-tokens, and a cache from pre-token to token ids. Owns the patterns that published byte-level tokenizers cut text with,
 * and the judgement whether a tokenizer's definition lets each pre-token be encoded alone. It must not know the tokenizers library,
 * documents or shards: what a pre-token's ids are is asked of whoever owns the cache.
 */
package dev.calandra.data.pieces;
