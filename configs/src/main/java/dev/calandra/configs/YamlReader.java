package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Refused;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import dev.calandra.configs.ValueTree.Sequence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * YAML 1.2 text to {@link ValueTree}. Works on parser events, so that limits hold before anything is built: one document,
 * at most {@value #MAX_DEPTH} levels, no tags, anchors or aliases, no duplicate keys. Text that is not YAML at all is one
 * problem; everything else is collected.
 */
final class YamlReader {
    static final int MAX_DEPTH = 20;

    /** Plain scalars are typed by the core schema: {@code no} is a string, {@code 010} is ten. */
    private static final LoadSettings SETTINGS =
            LoadSettings.builder().setSchema(new CoreSchema()).build();

    private static final Map<Tag, ScalarType> TYPES = Map.of(
            Tag.INT, ScalarType.INTEGER,
            Tag.FLOAT, ScalarType.FLOAT,
            Tag.BOOL, ScalarType.BOOLEAN,
            Tag.NULL, ScalarType.NULL);

    private final Origin document;
    private final Iterator<Event> events;
    private final List<Problem> problems;

    private YamlReader(String text, Origin document, List<Problem> problems) {
        this.document = document;
        this.events = new Parse(SETTINGS).parseString(text).iterator();
        this.problems = problems;
    }

    /**
     * Reads one document.
     *
     * @param document the file, or {@link Origin#OVERRIDE} or {@link Origin#DEFAULT}; lines are counted only in files
     * @param key dotted key of the document's root, for messages
     * @param problems receives what is wrong
     * @throws ConfigException carrying all problems so far if the document is nested too deeply to read on
     * @return the root; empty if the text holds no document or is not YAML (the latter is among the problems)
     */
    static Optional<ValueTree> read(String text, Origin document, String key, List<Problem> problems) {
        try {
            return new YamlReader(text, document, problems).document(key);
        } catch (MarkedYamlEngineException e) {
            Origin at = document.line() == 0
                    ? document
                    : new Origin(
                            document.file(),
                            e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1));
            problems.add(at.problem(key, "not valid YAML: " + oneLine(e.getProblem())));
        } catch (ReaderException e) {
            int line = (int) text.codePoints()
                            .limit(e.getPosition())
                            .filter(c -> c == '\n')
                            .count()
                    + 1;
            Origin at = document.line() == 0 ? document : new Origin(document.file(), line);
            problems.add(
                    at.problem(key, "not text (character U+%04X); is this a YAML file?".formatted(e.getCodePoint())));
        } catch (YamlVersionException e) {
            problems.add(
                    new Problem(document.file(), 0, key, "written for another YAML version; remove the %YAML line"));
        } catch (YamlEngineException e) {
            problems.add(document.problem(key, "not valid YAML: " + oneLine(e.getMessage())));
        }
        return Optional.empty();
    }

    private static String oneLine(String message) {
        return message.lines().findFirst().orElse("unreadable");
    }

    private Optional<ValueTree> document(String key) {
        Event event = events.next();
        while (!(event instanceof DocumentStartEvent)) {
            if (event instanceof StreamEndEvent) {
                return Optional.empty();
            }
            event = events.next();
        }
        Event root = events.next();
        ValueTree tree = value(root, origin(root), key, 1);
        while (events.hasNext()) {
            Event next = events.next();
            if (next instanceof DocumentStartEvent) {
                problems.add(origin(next).problem("", "a second document; keep one per file"));
                break;
            }
        }
        return Optional.of(tree);
    }

    private ValueTree value(Event event, Origin origin, String key, int depth) {
        refuseNotation(event, key);
        return switch (event) {
            case AliasEvent _ -> new Refused(origin);
            case ScalarEvent scalar -> scalar(scalar, origin);
            case CollectionStartEvent _
            when depth > MAX_DEPTH -> {
                problems.add(origin(event)
                        .problem(key, "nested too deeply; a config has at most %d levels".formatted(MAX_DEPTH)));
                throw new ConfigException(problems);
            }
            case SequenceStartEvent _ -> sequence(origin, key, depth);
            case MappingStartEvent _ -> mapping(origin, key, depth);
            default -> throw new IllegalStateException("no value starts with " + event);
        };
    }

    private Scalar scalar(ScalarEvent event, Origin origin) {
        Tag tag = SETTINGS.getSchema().getScalarResolver().resolve(event.getValue(), event.isPlain());
        return new Scalar(event.getValue(), TYPES.getOrDefault(tag, ScalarType.STRING), origin);
    }

    private Sequence sequence(Origin origin, String key, int depth) {
        List<ValueTree> items = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            items.add(value(event, origin(event), child(key, String.valueOf(items.size())), depth + 1));
        }
        return new Sequence(items, origin);
    }

    private Mapping mapping(Origin origin, String key, int depth) {
        SequencedMap<String, ValueTree> entries = new LinkedHashMap<>();
        Map<String, Origin> seen = new HashMap<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            Origin at = origin(event);
            ValueTree name = value(event, at, key, depth + 1);
            if (!(name instanceof Scalar scalar)) {
                value(events.next(), at, key, depth + 1);
                problems.add(at.problem(key, "a key that is not a plain word (%s)".formatted(name.shown())));
                continue;
            }
            String path = child(key, scalar.shown());
            ValueTree value = value(events.next(), at, path, depth + 1);
            Origin first = seen.putIfAbsent(scalar.text(), at);
            if (first == null) {
                entries.put(scalar.text(), value);
            } else {
                problems.add(at.problem(path, "set twice (first on line %d); keep one".formatted(first.line())));
            }
        }
        return new Mapping(entries, origin);
    }

    private void refuseNotation(Event event, String key) {
        Origin at = origin(event);
        switch (event) {
            case AliasEvent alias ->
                problems.add(at.problem(key, "an alias (*%s); write the value out".formatted(alias.getAlias())));
            case NodeEvent node
            when node.getAnchor().isPresent() ->
                problems.add(at.problem(
                        key,
                        "an anchor (&%s); configs do without, remove it"
                                .formatted(node.getAnchor().get())));
            default -> {}
        }
        Optional<String> tag = switch (event) {
            case ScalarEvent scalar -> scalar.getTag();
            case CollectionStartEvent collection -> collection.getTag();
            default -> Optional.empty();
        };
        tag.ifPresent(
                name -> problems.add(at.problem(key, "a tag (%s); configs do without, remove it".formatted(name))));
    }

    private Origin origin(Event event) {
        if (document.line() == 0) {
            return document;
        }
        return new Origin(
                document.file(), event.getStartMark().map(Mark::getLine).orElse(0) + 1);
    }

    private static String child(String key, String name) {
        return key.isEmpty() ? name : key + "." + name;
    }
}
