package dev.calandra.laws.choice;

import dev.calandra.configs.LoadedConfig;
import java.util.List;

/**
 * A config for a budget.
 *
 * @param config what to train
 * @param choices in the order in which they were made
 * @param warnings what a user must know before spending the budget
 */
public record Recommendation(LoadedConfig config, List<Choice> choices, List<String> warnings) {
    public Recommendation {
        choices = List.copyOf(choices);
        warnings = List.copyOf(warnings);
    }

    /**
     * One choice.
     *
     * @param key of the config
     * @param value chosen, for people
     * @param interval what the law leaves open, or why it says nothing about that
     * @param origin the law, or the rule of thumb
     */
    public record Choice(String key, String value, String interval, String origin) {}
}
