package dev.calandra.engine.tape;

/**
 * What the other ranks have announced.
 *
 * @param counts from each rank: tokens, then choices by expert of this rank
 */
record Arrival(int[] counts, int ranks, int local) {

    int[] tokens() {
        int[] tokens = new int[ranks];
        for (int r = 0; r < ranks; r++) {
            tokens[r] = counts[r * (local + 1)];
        }
        return tokens;
    }

    int[] rows() {
        int[] rows = new int[ranks];
        for (int r = 0; r < ranks; r++) {
            for (int e = 0; e < local; e++) {
                rows[r] += choices(r, e);
            }
        }
        return rows;
    }

    private int choices(int rank, int expert) {
        return counts[rank * (local + 1) + 1 + expert];
    }

    /**
     * From the order of arrival (rank, expert, token) to the order of work: (expert, rank, token) within each set of ranks.
     *
     * @param place of each choice's token among its rank's tokens, in the order of arrival
     * @param sets of neighbouring ranks: one, or as many as ranks
     * @param source out: the arrived token of each row
     * @param home out: the row of each arrived choice
     * @return where the experts' rows begin and end, set after set
     */
    int[] sort(int[] place, int sets, int[] source, int[] home) {
        int[] next = new int[ranks];
        int[] firstToken = new int[ranks];
        int[] rows = rows();
        int[] tokens = tokens();
        for (int r = 1; r < ranks; r++) {
            next[r] = next[r - 1] + rows[r - 1];
            firstToken[r] = firstToken[r - 1] + tokens[r - 1];
        }
        int[] ends = new int[sets * local + 1];
        int each = ranks / sets;
        int row = 0;
        for (int g = 0; g < sets * local; g++) {
            int first = g / local * each;
            for (int r = first; r < first + each; r++) {
                for (int end = next[r] + choices(r, g % local); next[r] < end; next[r]++) {
                    source[row] = firstToken[r] + place[next[r]];
                    home[next[r]] = row++;
                }
            }
            ends[g + 1] = row;
        }
        return ends;
    }
}
