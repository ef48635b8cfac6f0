package dev.calandra.data.shards;

/**
 * Which document of a job's input a row is: a job that goes on after an interruption knows by it what finished shards hold, and that the
 * input is still the same.
 *
 * @param number of the document in the input, from 0
 * @param content hash of its id and its text
 */
public record InputKey(long number, long content) {
    /** An order-dependent hash of keys: the one so far and the next. */
    long digest(long soFar) {
        long mixed = (soFar ^ number * 0x9E3779B97F4A7C15L ^ content) * 0xBF58476D1CE4E5B9L;
        return mixed ^ mixed >>> 31;
    }
}
