/**
 * Stops listening to a peer that asks and doesn't read the answers, until it has read them. What subscriptions send is
 * bounded already: graphql-ws takes the next event of a stream when the frame before it has left the process. Answers
 * to messages and pings are not: each is sent when it is ready.
 */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** As much as the longest message that a peer may send. */
const mostWaitingBytes = 1024 * 1024;

/** `connection` is what carries `socket`. */
export function limitAnswers(socket: WebSocket, connection: Socket, mostWaiting = mostWaitingBytes): void {
  const look = () => {
    if (socket.isPaused || socket.bufferedAmount <= mostWaiting) return;
    socket.pause();
    connection.once("drain", () => socket.resume());
  };
  socket.on("message", look);
  socket.on("ping", look);
}
