/**
 * Continues a sequence of tokens with a model.
 *
 * <p>Owns: the loop over the cache of keys and values, and how a token is drawn from its scores. Must not know: text and
 * tokenizers, training, commands.
 */
package dev.calandra.trainer.generate;
