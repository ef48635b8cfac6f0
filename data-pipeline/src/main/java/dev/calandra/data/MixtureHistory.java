package dev.calandra.data;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.Packing;
import dev.calandra.data.mixture.PiecewiseShare;
import dev.calandra.data.mixture.PiecewiseShare.Piece;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The mixtures under which a run has been served so far, in order: what a checkpoint keeps, so that an edit changes only what comes after. */
public final class MixtureHistory {
    /** A run that has not begun. */
    public static final MixtureHistory EMPTY = new MixtureHistory(List.of());

    private final List<MixtureSegment> segments;

    MixtureHistory(List<MixtureSegment> segments) {
        this.segments = List.copyOf(segments);
    }

    List<MixtureSegment> segments() {
        return segments;
    }

    /** This history with one more segment; segments that would begin at the same sample or later are gone, as if they had never been. */
    MixtureHistory append(MixtureSegment segment) {
        List<MixtureSegment> longer = new ArrayList<>(segments.stream()
                .filter(s -> s.firstSample() < segment.firstSample())
                .toList());
        longer.add(segment);
        return new MixtureHistory(longer);
    }

    /** As it stands in a checkpoint's state: numbers, strings, lists and maps only. */
    public List<Object> toList() {
        List<Object> list = new ArrayList<>();
        for (MixtureSegment segment : segments) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("first_sample", segment.firstSample());
            map.put("first_token", segment.firstToken());
            map.put("plan", segment.plan());
            map.put("sequence_length", segment.sequenceLength());
            map.put("packing", segment.packing().name());
            // A list, since the order of the sources matters and a map's may get lost.
            List<Object> shares = new ArrayList<>();
            segment.shares().forEach((name, share) -> {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("source", name);
                entry.put("pieces", pieces(share));
                shares.add(entry);
            });
            map.put("shares", shares);
            Map<String, Object> starts = new LinkedHashMap<>();
            segment.starts().forEach((name, start) -> starts.put(name, List.of(start.served(), start.ordinal())));
            map.put("starts", starts);
            list.add(map);
        }
        return list;
    }

    private static List<List<Double>> pieces(PiecewiseShare share) {
        return share.pieces().stream()
                .map(piece -> List.of(piece.at(), piece.start(), piece.end()))
                .toList();
    }

    /**
     * Reads what {@link #toList} wrote.
     *
     * @throws CheckpointException when it is something else
     */
    public static MixtureHistory fromList(Object value) {
        try {
            return new MixtureHistory(((List<?>) value)
                    .stream().map(segment -> segment((Map<?, ?>) segment)).toList());
        } catch (ClassCastException
                | NullPointerException
                | IllegalArgumentException
                | ArithmeticException
                | IndexOutOfBoundsException e) {
            throw new CheckpointException(
                    "checkpoint state: the history of the mixture is damaged (" + e.getMessage()
                            + "); resume from another checkpoint",
                    e);
        }
    }

    private static MixtureSegment segment(Map<?, ?> map) {
        Map<String, PiecewiseShare> shares = new LinkedHashMap<>();
        for (Object share : (List<?>) map.get("shares")) {
            Map<?, ?> entry = (Map<?, ?>) share;
            shares.put((String) entry.get("source"), share((List<?>) entry.get("pieces")));
        }
        Map<String, MixtureSegment.Start> starts = new LinkedHashMap<>();
        ((Map<?, ?>) map.get("starts"))
                .forEach((name, start) -> starts.put(
                        (String) name,
                        new MixtureSegment.Start(whole(((List<?>) start).get(0)), whole(((List<?>) start).get(1)))));
        return new MixtureSegment(
                whole(map.get("first_sample")),
                whole(map.get("first_token")),
                (String) map.get("plan"),
                Math.toIntExact(whole(map.get("sequence_length"))),
                Packing.valueOf((String) map.get("packing")),
                shares,
                starts);
    }

    private static PiecewiseShare share(List<?> pieces) {
        return new PiecewiseShare(pieces.stream()
                .map(piece -> (List<?>) piece)
                .map(p -> new Piece(real(p.get(0)), real(p.get(1)), real(p.get(2))))
                .toList());
    }

    private static double real(Object number) {
        return ((Number) number).doubleValue();
    }

    private static long whole(Object number) {
        return ((Number) number).longValue();
    }
}
