package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/**
 * Where each token stands: for the rotation of queries and keys, and for the bounds of attention. Borrowed; must live as
 * long as the tape.
 *
 * @param cosSP cosines [positions, P], P pairs of rotated elements
 * @param sinSP sines, likewise
 * @param positionT I32 [T]: row of the tables for each token
 * @param documentStart I32 [batch, queries]: first key of each query's document
 */
public record Positions(Tensor cosSP, Tensor sinSP, Tensor positionT, Tensor documentStart) {

    public Positions {
        cosSP.require(DType.F32);
        sinSP.require(DType.F32, cosSP.shape());
        positionT.require(DType.I32);
        documentStart.require(DType.I32);
    }
}
