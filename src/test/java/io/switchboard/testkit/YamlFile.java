package io.switchboard.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads YAML as a JSON tree with anchors and merges resolved. A duplicate key is an error. */
public final class YamlFile {
    private YamlFile() {}

    /** Returns the first document of a file. */
    public static JsonNode read(Path file) throws IOException {
        return documents(Files.readString(file)).getFirst();
    }

    /** Returns all documents of all files in a folder, in the order of the file names. */
    public static List<JsonNode> readAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
            List<JsonNode> all = new ArrayList<>();
            for (Path file : sorted) {
                all.addAll(documents(Files.readString(file)));
            }
            return all;
        }
    }

    public static List<JsonNode> documents(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        Yaml yaml = new Yaml(new SafeConstructor(options));
        return StreamSupport.stream(yaml.loadAll(text).spliterator(), false)
                .<JsonNode>map(document -> JsonMapper.shared().valueToTree(document))
                .toList();
    }
}
