package dev.calandra.trainer.run;

import dev.calandra.configs.CheckpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What a config may change between the process that wrote a checkpoint and the one that resumes from it.
 *
 * <ul>
 *   <li>The model and the number formats of its products: never; the weights would mean something else.
 *   <li>What decides the course of training (optimizer, schedule, steps, batch, seed, mixture), and how far positions reach
 *       (the rotary base is raised when the context is extended): only when the user names the key.
 *   <li>Where things are and how often they happen: freely; each change is reported.
 * </ul>
 */
public final class ResumeRules {

    private static final Pattern FIXED =
            Pattern.compile("model\\.(?!rope_theta$|max_position_embeddings$).*|precision\\.recipe");
    private static final Pattern FREE = Pattern.compile(
            "laws|parallel\\.(expert|gather_weights|reproducible_ranks|patience_seconds)|balance\\.(window|trace_every)|run\\.(directory|threads|save|save_every|save_failures|keep_last|keep_every"
                    + "|keep_best|evaluate_every|evaluate_sequences|micro_batch_size|recompute_layers|kernels)|precision\\.health_every|data\\.tokenizer"
                    + "|data\\.sources\\.[0-9]+\\.path|data\\.cache\\.(directory|gibibytes)");

    private final Set<String> allowed;

    /** Whether a key may change freely, since it only says where things are or how often they happen. */
    public static boolean isFree(String key) {
        return FREE.matcher(key).matches();
    }

    /** @param allowed keys the user lets change, or prefixes of them that end at a dot ({@code optimizer}) */
    public ResumeRules(Set<String> allowed) {
        this.allowed = Set.copyOf(allowed);
    }

    /**
     * Compares two configs, key by key.
     *
     * @param checkpoint where the old config stands, for the message
     * @return changes that are allowed, one line each, for the log
     * @throws CheckpointException naming every change that is not allowed, and what to do
     */
    public List<String> check(String checkpoint, Map<String, String> before, Map<String, String> now) {
        List<String> accepted = new ArrayList<>();
        List<String> fixed = new ArrayList<>();
        List<String> guarded = new ArrayList<>();
        TreeSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(now.keySet());
        for (String key : keys) {
            if (!Objects.equals(before.get(key), now.get(key))) {
                String change =
                        key + " (" + shown(before.get(key)) + " in the checkpoint, " + shown(now.get(key)) + " now)";
                if (FIXED.matcher(key).matches()) {
                    fixed.add(change);
                } else if (isFree(key) || isAllowed(key)) {
                    accepted.add(change);
                } else {
                    guarded.add(change);
                }
            }
        }
        if (!fixed.isEmpty()) {
            throw new CheckpointException(checkpoint + ": written by another model: " + String.join("; ", fixed)
                    + "; restore these keys, or set run.directory to a new folder");
        }
        if (!guarded.isEmpty()) {
            throw new CheckpointException(checkpoint + ": resuming would change the course of training: "
                    + String.join("; ", guarded)
                    + "; restore these keys, or allow each by name (--allow-change KEY)");
        }
        return accepted;
    }

    private boolean isAllowed(String key) {
        return allowed.stream().anyMatch(a -> key.equals(a) || key.startsWith(a + "."));
    }

    private static String shown(String value) {
        return value == null ? "absent" : value;
    }
}
