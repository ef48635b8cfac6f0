package dev.calandra.trainer.model;

import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.recipe.Bf16;
import dev.calandra.engine.recipe.Fp32;
import dev.calandra.engine.recipe.Fp8Blockwise;
import dev.calandra.engine.recipe.Recipe;

/** The engine's recipe for the name that a config gives. */
public final class EngineRecipe {

    private EngineRecipe() {}

    /** E4M3 for activations, weights and gradients alike where the recipe is FP8 (Ling 2.0, arXiv 2510.22115, 5.1). */
    public static Recipe of(dev.calandra.configs.Recipe named) {
        return switch (named) {
            case FP8_BLOCKWISE -> new Fp8Blockwise(Fp8Format.E4M3);
            case BF16 -> new Bf16();
            case FP32 -> new Fp32();
        };
    }
}
