package io.switchboard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.net.OpenFiles;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The number of listeners that the API creates has a bound. */
@WithService
class ListenerBoundIT {
    @Autowired private RunningService service;
    @Autowired private ListenerCatalog catalog;
    @Autowired private OpenFiles files;

    private static String name(long number) {
        return "bound-" + number;
    }

    @AfterEach
    void remove() {
        for (long number = 0; number < files.reserve(); number++) {
            catalog.remove(name(number));
        }
    }

    @Test
    void refusesOneMoreAndOpensNothing() {
        long most = files.reserve() / 2;
        for (long number = 0; number < most; number++) {
            catalog.put(new RuntimeListener(name(number), null, Map.of("port", -1), "not open"));
        }
        Api api = service.api();
        Api.Answer refused = api.postJson("/listeners", "{\"name\":\"one-more\",\"port\":0}");
        assertThat(refused.status()).as(refused.body()).isEqualTo(409);
        assertThat(refused.json().get("reason").asString()).isEqualTo("too_many_listeners");
        assertThat(refused.json().get("detail").asString()).contains("the limit is " + most);
        assertThat(api.get("/listeners/one-more").status()).isEqualTo(404);
        catalog.remove(name(0));
        assertThat(api.postJson("/listeners", "{\"name\":\"one-more\",\"port\":0}").status())
                .isEqualTo(201);
        assertThat(api.delete("/listeners/one-more").status()).isEqualTo(200);
    }
}
