package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** A headless Chromium that shows the operator page. */
public final class Browser implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private final ChromeDriver driver;
    private final URI root;

    private Browser(ChromeDriver driver, URI root) {
        this.driver = driver;
        this.root = root;
    }

    /**
     * Starts Chromium and opens the page.
     *
     * @param port the HTTP port
     * @param arguments command-line arguments for Chromium, in addition to the usual ones
     */
    public static Browser open(int port, String... arguments) {
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
                // no DNS: a request to another host fails, and is recorded nevertheless
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

    public ChromeDriver driver() {
        return driver;
    }

    public void reload() {
        driver.get(root.toString());
    }

    /** Goes to another page of this service. */
    public void visit(String path) {
        driver.get(root.resolve(path).toString());
    }

    public void resize(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        assertThat(driver.manage().window().getSize()).isInstanceOf(Dimension.class);
    }

    /** Returns the text of an element; empty if there is none. */
    public String text(String css) {
        try {
            return driver.findElement(By.cssSelector(css)).getText();
        } catch (NoSuchElementException | StaleElementReferenceException e) {
            return "";
        }
    }

    public List<String> texts(String css) {
        return script(
                                "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())",
                                css)
                        instanceof List<?> found
                ? found.stream().map(String::valueOf).toList()
                : List.of();
    }

    public Object script(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    public void awaitText(String css, String text) {
        await(css + " shows " + text).untilAsserted(() -> assertThat(text(css)).contains(text));
    }

    public void awaitTexts(String css, List<String> expected) {
        await(css).untilAsserted(() -> assertThat(texts(css)).containsExactlyElementsOf(expected));
    }

    public void awaitNone(String css) {
        await("no " + css).until(() -> texts(css).isEmpty());
    }

    /** Waits until the element is displayed and enabled, and returns it. */
    public WebElement find(String css) {
        return await(css)
                .ignoreExceptions()
                .until(
                        () -> driver.findElement(By.cssSelector(css)),
                        found -> found.isDisplayed() && found.isEnabled());
    }

    public void click(String css) {
        await("click on " + css)
                .ignoreExceptions()
                .until(
                        () -> {
                            find(css).click();
                            return true;
                        });
    }

    public void type(String css, CharSequence... keys) {
        find(css).sendKeys(keys);
    }

    /** Selects the option that starts with this text, after waiting until there is one. */
    public void choose(String css, String option) {
        await(option + " in " + css)
                .until(() -> texts(css + " option").stream().anyMatch(o -> o.startsWith(option)));
        type(css, option);
    }

    /** Sends keys to the element with the focus. */
    public void press(CharSequence... keys) {
        driver.switchTo().activeElement().sendKeys(keys);
    }

    /** Types a line at the prompt of the open pane and presses Enter. */
    public void say(String text) {
        type("#prompt", text, Keys.ENTER);
    }

    /** Waits until the element with this id has the focus. */
    public void awaitFocus(String id) {
        await("the focus on " + id)
                .untilAsserted(
                        () -> assertThat(script("return document.activeElement.id")).isEqualTo(id));
    }

    /** Waits until an input has this value. */
    public void awaitValue(String css, String value) {
        await("the value of " + css)
                .untilAsserted(
                        () -> assertThat(find(css).getDomProperty("value")).isEqualTo(value));
    }

    /** Saves a screenshot of the page in {@code target/screenshots}. */
    public void picture(String name) throws IOException {
        Files.createDirectories(SCREENSHOTS);
        Files.write(SCREENSHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    /** Returns the console messages of level WARNING or above since the previous call. */
    public List<String> complaints() {
        return StreamSupport.stream(
                        driver.manage().logs().get(LogType.BROWSER).spliterator(), false)
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                // Chromium logs each 4xx response; the page shows those itself
                .filter(message -> !message.contains("responded with a status of 4"))
                .toList();
    }

    /** Returns the URL of every request since the previous call. */
    public List<String> requests() {
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
                .filter(url -> !url.startsWith("data:")) // causes no request
                .toList();
    }

    /** Fails if the console has warnings, or if the page sent a request to another host. */
    public void assertQuiet() {
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
