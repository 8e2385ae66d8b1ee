// A peer in Java: says hello, prints each line that it is sent and answers it, until it is hung up on.
// Run it: java Tcp.java [HOST [PORT]]; Java 18 or later, nothing to compile.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

class Tcp {
    public static void main(String[] args) throws IOException {
        String host = args.length > 0 ? args[0] : "127.0.0.1";
        int port = args.length > 1 ? Integer.parseInt(args[1]) : 8000;
        try (Socket socket = new Socket(host, port);
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                PrintStream out = new PrintStream(socket.getOutputStream(), true, StandardCharsets.UTF_8)) {
            // not println, which ends a line with CR LF on some systems
            out.print("hello from Java\n");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(line);
                out.print("got " + line + "\n");
            }
        }
    }
}
