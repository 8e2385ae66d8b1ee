package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.web.Tables.TableConverter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /nodes}: which nodes are this service. */
@RestController
final class NodesController {

    /**
     * @param self whether it is the one that was asked
     */
    record Row(@JsonUnwrapped Node node, boolean self) {}

    record Page(int total, List<Row> nodes) {}

    private final Cluster nodes;

    NodesController(Cluster nodes) {
        this.nodes = nodes;
    }

    @GetMapping(
            path = "/nodes",
            produces = {MediaType.APPLICATION_JSON_VALUE, TableConverter.TEXT})
    Page list() {
        List<Row> rows =
                Stream.concat(
                                Stream.of(new Row(nodes.self(), true)),
                                nodes.others().stream().map(each -> new Row(each, false)))
                        .sorted(Comparator.comparing(row -> row.node().id()))
                        .toList();
        return new Page(rows.size(), rows);
    }
}
