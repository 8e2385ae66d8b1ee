package io.switchboard;

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

/** YAML as a tree, anchors and merges resolved; a key that is there twice is an error. */
final class YamlFile {
    private YamlFile() {}

    /** The one document of a file. */
    static JsonNode read(Path file) throws IOException {
        return documents(Files.readString(file)).getFirst();
    }

    /** Every document of every file of a folder. */
    static List<JsonNode> readAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> sorted = files.sorted().toList();
            List<JsonNode> all = new ArrayList<>();
            for (Path file : sorted) {
                all.addAll(documents(Files.readString(file)));
            }
            return all;
        }
    }

    static List<JsonNode> documents(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        Yaml yaml = new Yaml(new SafeConstructor(options));
        return StreamSupport.stream(yaml.loadAll(text).spliterator(), false)
                .<JsonNode>map(document -> JsonMapper.shared().valueToTree(document))
                .toList();
    }
}
