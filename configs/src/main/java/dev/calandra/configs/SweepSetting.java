package dev.calandra.configs;

/** One key that is set over the config file, by a sweep or in place of auto, and the value with the place it comes from. */
record SweepSetting(String key, ValueTree value) {}
