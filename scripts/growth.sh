# Sourced by scripts/bench with $project, $rounds, $steps, $threads, $recipe and $out set: how speed changes when one thing about
# pico grows.

# The keys that make each variant of pico, all steps of 4096 tokens.
variant() {
    case $1 in
        pico) ;;
        # Every matrix of a layer four times as large; the head only twice, for which two more layers make up.
        large) echo 'model.hidden_size=512 model.num_hidden_layers=8 model.intermediate_size=1536
            model.moe_intermediate_size=256 model.num_attention_heads=8 model.num_key_value_heads=4' ;;
        experts) echo 'model.num_experts=64' ;;
        sequence) echo 'data.sequence_length=2048 run.batch_size=2' ;;
    esac
}

# One line per run: variant, seconds per step, model GFLOPs per step, share of the sgemm rate in %, milliseconds and GFLOPs
# of attention per step, milliseconds that the products of a step need at the machine's own rates.
measure_variant() {
    sets=
    for set in $(variant "$1"); do sets="$sets --set $set"; done
    # shellcheck disable=SC2086 -- several options in one variable are meant to be split
    "$project/scripts/calandra" bench "$project/configs/pico.yaml" --set "run.threads=$threads" \
        --set "precision.recipe=$recipe" $sets --steps "$steps" \
        --profile 2>/dev/null | awk -v name="$1" '
            /^tokens per second/ { rate = $4 }
            /^sgemm/ { sgemm = $2 }
            /^model FLOPs/ { share = $6 }
            /^The products of a step/ { least = $(NF - 1) }
            /^attention(Backward)? / { ms += $3; flops += $3 * $6 / 1000 }
            END { print name, 4096 / rate, share / 100 * sgemm * 4096 / rate, share, ms, flops, least }'
}

measure_growth() {
    results=$(mktemp)
    trap 'rm -f "$results"' EXIT
    # Builds, and says what is wrong with the recipe, before anything is measured.
    "$project/scripts/calandra" config "$project/configs/pico.yaml" --set "precision.recipe=$recipe" >/dev/null
    round=1
    while [ "$round" -le "$rounds" ]; do
        for name in pico large experts sequence; do
            measure_variant "$name" | tee -a "$results"
        done
        round=$((round + 1))
    done
    mkdir -p "$(dirname "$out")"
    report_growth >"$out"
    cat "$out"
}

report_growth() {
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
    cat <<HEAD
# How speed changes with size

Medians of $rounds alternating runs of $steps steps each, after warm-up; steps of 4096 tokens, recipe $recipe.

- machine: ${cpu:-$(uname -m)}, $threads threads
- commit: $(git -C "$project" rev-parse --short HEAD 2>/dev/null || echo unknown)
- command: \`scripts/bench --growth --rounds $rounds --steps $steps --recipe $recipe\`

The products of a step at the machine's rates are what a step would take if nothing else had to be done: those of FP8 at the
rate of a large FP8 product, the head's and attention's at sgemm's.

| pico with | tokens/s | model GFLOPs a step | model GFLOP/s | ÷ pico's | share of sgemm rate | products at the machine's rates, ms | of the step | attention, ms a step |
|---|---|---|---|---|---|---|---|---|
HEAD
    awk -v large="$(variant large | tr -s ' \n' ' ' | sed 's, $,,')" -v experts="$(variant experts)" -v sequence="$(variant sequence)" '
        function median(list,   n, a, i, j, t) {
            n = split(list, a, " ")
            for (i = 2; i <= n; i++) for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
            return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
        }
        function line(name, keys) {
            printf "| %s | %.0f | %.1f | %.1f | %.2f | %.0f %% | %.0f | %.0f %% | %.0f |\n", keys == "" ? "nothing changed" : "`" keys "`",
                4096 / s[name], f[name], f[name] / s[name], f[name] / s[name] / (f["pico"] / s["pico"]), share[name],
                least[name], least[name] / s[name] / 10, ms[name]
        }
        { for (i = 2; i <= 7; i++) all[$1, i] = all[$1, i] " " $i; names[$1] }
        END {
            for (name in names) {
                s[name] = median(all[name, 2]); f[name] = median(all[name, 3]); share[name] = median(all[name, 4])
                ms[name] = median(all[name, 5]); af[name] = median(all[name, 6]); least[name] = median(all[name, 7])
            }
            line("pico", ""); line("large", large); line("experts", experts); line("sequence", sequence)
            own = (af["sequence"] - af["pico"]) / (af["sequence"] / ms["sequence"])
            print ""
            printf "- Four times pico: %.2f times its FLOPs a token, %.0f %% of its FLOPs a second (wanted: 80 to 120 %%).\n",
                f["large"] / f["pico"], 100 * f["large"] / s["large"] / (f["pico"] / s["pico"])
            printf "- The same beside what the products need at the machine'"'"'s rates: %.0f %%.\n",
                100 * least["large"] / s["large"] / (least["pico"] / s["pico"])
            printf "- Twice the experts, as many of them per token: a step takes %.1f %% longer (wanted: less than 10 %%).\n",
                100 * (s["experts"] / s["pico"] - 1)
            printf "- Sequences of 2048 instead of 512: a step takes %.0f ms longer; the further FLOPs of attention at the rate", 1000 * (s["sequence"] - s["pico"])
            printf " that its kernels reach there (%.1f GFLOP/s) take %.0f ms (wanted: no more than that).\n",
                1000 * af["sequence"] / ms["sequence"], own
        }' "$results"
}
