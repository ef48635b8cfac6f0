package dev.calandra.data.documents;

import dev.calandra.data.problems.Problem;
import dev.calandra.data.problems.ProblemGenerator;
import java.io.IOException;

/**
 * Generated problems as documents, the loss starting at the solution. Small problems come up twice, so a document's id is its question: a
 * question is on one side of the train/validation split only.
 *
 * @param seed of the generator
 * @param count how many
 */
public record ProblemDocuments(long seed, long count) implements DocumentSource {

    @Override
    public void read(Sink sink) throws IOException {
        ProblemGenerator generator = new ProblemGenerator(seed);
        for (long i = 0; i < count; i++) {
            Problem problem = generator.problem(i);
            if (!sink.accept(new Document(problem.question(), problem.text(), problem.solutionStart()))) {
                return;
            }
        }
    }
}
