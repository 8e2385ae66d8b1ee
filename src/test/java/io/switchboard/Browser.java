package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.stream.StreamSupport;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Chromium without a window, at the operator's page. */
final class Browser implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LONGEST = Duration.ofSeconds(20);
    private static final Path PICTURES = Path.of("target", "screenshots");

    private final ChromeDriver driver;
    private final URI root;

    private Browser(ChromeDriver driver, URI root) {
        this.driver = driver;
        this.root = root;
    }

    /**
     * Opens the page.
     *
     * @param port of HTTP
     * @param arguments for Chromium, beside those that every test needs
     */
    static Browser open(int port, String... arguments) {
        Programs.require("chromium", "chromium");
        Programs.require("chromedriver", "chromium-driver");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                // nobody is looked up: a request elsewhere fails, and is seen all the same
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost");
        options.addArguments(arguments);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service =
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(new File("/usr/bin/chromedriver"))
                        .usingAnyFreePort()
                        .build();
        ChromeDriver driver = new ChromeDriver(service, options);
        Browser browser = new Browser(driver, URI.create("http://localhost:" + port + "/"));
        browser.resize(1400, 850);
        browser.reload();
        return browser;
    }

    ChromeDriver driver() {
        return driver;
    }

    void reload() {
        driver.get(root.toString());
    }

    /** Goes to another page of this service. */
    void visit(String path) {
        driver.get(root.resolve(path).toString());
    }

    void resize(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        assertThat(driver.manage().window().getSize()).isInstanceOf(Dimension.class);
    }

    /** What an element shows; empty where there is none. */
    String text(String css) {
        try {
            return driver.findElement(By.cssSelector(css)).getText();
        } catch (NoSuchElementException | StaleElementReferenceException e) {
            return "";
        }
    }

    List<String> texts(String css) {
        return script(
                                "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())",
                                css)
                        instanceof List<?> found
                ? found.stream().map(String::valueOf).toList()
                : List.of();
    }

    Object script(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    void awaitText(String css, String text) {
        await(css + " shows " + text)
                .atMost(LONGEST)
                .untilAsserted(() -> assertThat(text(css)).contains(text));
    }

    void awaitTexts(String css, List<String> expected) {
        await(css)
                .atMost(LONGEST)
                .untilAsserted(() -> assertThat(texts(css)).containsExactlyElementsOf(expected));
    }

    void awaitNone(String css) {
        await("no " + css).atMost(LONGEST).until(() -> texts(css).isEmpty());
    }

    /** Waits until it is there, and can be used. */
    WebElement find(String css) {
        return await(css)
                .atMost(LONGEST)
                .ignoreExceptions()
                .until(
                        () -> driver.findElement(By.cssSelector(css)),
                        found -> found.isDisplayed() && found.isEnabled());
    }

    void click(String css) {
        await("click on " + css)
                .atMost(LONGEST)
                .ignoreExceptions()
                .until(
                        () -> {
                            find(css).click();
                            return true;
                        });
    }

    void type(String css, CharSequence... keys) {
        find(css).sendKeys(keys);
    }

    /** Picks what begins like this, once it is there to be picked. */
    void choose(String css, String option) {
        await(option + " in " + css)
                .atMost(LONGEST)
                .until(() -> texts(css + " option").stream().anyMatch(o -> o.startsWith(option)));
        type(css, option);
    }

    /** Presses keys where the focus is. */
    void press(CharSequence... keys) {
        driver.switchTo().activeElement().sendKeys(keys);
    }

    /** Types a line at the prompt of the open pane. */
    void say(String text) {
        type("#prompt", text, Keys.ENTER);
    }

    /** The id of the element with the focus. */
    String focus() {
        return String.valueOf(script("return document.activeElement.id"));
    }

    /** A picture of the page, for whoever wants to look at it. */
    void picture(String name) throws IOException {
        Files.createDirectories(PICTURES);
        Files.write(PICTURES.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    /** What the console has said that is worse than a remark, since it was asked last. */
    List<String> complaints() {
        return StreamSupport.stream(
                        driver.manage().logs().get(LogType.BROWSER).spliterator(), false)
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                // the browser's own remark on each answer that says no; the page shows those
                .filter(message -> !message.contains("responded with a status of 4"))
                .toList();
    }

    /** Every address that was asked for, since it was asked last. */
    List<String> requests() {
        return StreamSupport.stream(
                        driver.manage().logs().get(LogType.PERFORMANCE).spliterator(), false)
                .map(entry -> JSON.readTree(entry.getMessage()).get("message"))
                .filter(
                        message ->
                                message.get("method")
                                        .asString()
                                        .equals("Network.requestWillBeSent"))
                .map(message -> message.at("/params/request/url"))
                .map(JsonNode::asString)
                .filter(url -> !url.startsWith("data:")) // asks nobody
                .toList();
    }

    /** Fails where the page complained, or asked anybody but this service. */
    void assertQuiet() {
        assertThat(complaints()).as("console").isEmpty();
        assertThat(requests())
                .as("requests")
                .isNotEmpty()
                .allMatch(url -> url.startsWith(root.toString()));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
