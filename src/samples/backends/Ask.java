// Asks every peer the same question at once, and prints the report with all the answers.
// Run it: java Ask.java [QUESTION [URL]]; Java 11 or later, nothing to compile.
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

class Ask {
    public static void main(String[] args) throws IOException, InterruptedException {
        String question = args.length > 0 ? args[0] : "how are you?";
        String url = args.length > 1 ? args[1] : "http://localhost:8080";
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(url + "/send?to=all&wait=reply&timeout=5s&results=all"))
                .POST(HttpRequest.BodyPublishers.ofString(question))
                .build();
        HttpResponse<String> answer =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        // 200: all answered; 207: some did not, see their status
        System.out.print(answer.statusCode() + " " + answer.body());
    }
}
