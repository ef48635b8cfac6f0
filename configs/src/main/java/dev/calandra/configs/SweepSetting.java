package dev.calandra.configs;

/** One key that a sweep file sets, and the value with its place in that file. */
record SweepSetting(String key, ValueTree value) {}
