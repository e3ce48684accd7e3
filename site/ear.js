// Hears the microphone for the page: hands its samples on, some thousand at a time.
registerProcessor("ear", class extends AudioWorkletProcessor {
  heard = new Float32Array(2048);
  count = 0;

  process([[channel]]) {
    if (channel) {
      this.heard.set(channel, this.count);
      this.count += channel.length;
      if (this.count + channel.length > this.heard.length) {
        this.port.postMessage(this.heard.slice(0, this.count));
        this.count = 0;
      }
    }
    return true;
  }
});
