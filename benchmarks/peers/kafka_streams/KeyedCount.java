import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The keyed count with Kafka Streams' Processor API and a RocksDB store: one output for each input.
 *
 * <p>Arguments: bootstrap application source output state, then Kafka Streams' own settings as name=value.
 * The record cache of the store is on if {@code statestore.cache.max.bytes} is not 0; outputs are not cached.
 */
public final class KeyedCount {
  private static final String STORE = "counts";
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final class Count implements Processor<byte[], byte[], byte[], byte[]> {
    private final ObjectMapper json = new ObjectMapper();
    private KeyValueStore<String, Long> counts;
    private ProcessorContext<byte[], byte[]> context;

    @Override
    public void init(ProcessorContext<byte[], byte[]> given) {
      context = given;
      counts = given.getStateStore(STORE);
    }

    @Override
    public void process(Record<byte[], byte[]> order) {
      String product = product(order.value());
      Long before = counts.get(product);
      long count = before == null ? 1 : before + 1;
      counts.put(product, count);
      context.forward(order.withKey(product.getBytes(StandardCharsets.UTF_8)).withValue(counted(product, count)));
    }

    private String product(byte[] order) {
      try {
        return json.readTree(order).get("data").get("items").get(0).get("product_id").asText();
      } catch (IOException error) {
        throw new IllegalArgumentException(error);
      }
    }

    private byte[] counted(String product, long count) {
      ObjectNode event = json.createObjectNode().put("product_id", product).put("count", count);
      try {
        return json.writeValueAsBytes(event);
      } catch (JsonProcessingException error) {
        throw new IllegalStateException(error);
      }
    }
  }

  public static void main(String[] arguments) {
    Properties settings = settings(arguments);
    boolean cached = !"0".equals(settings.getProperty("statestore.cache.max.bytes"));
    KafkaStreams streams = new KafkaStreams(topology(arguments[2], arguments[3], cached), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(PATIENCE)));
    streams.start();
  }

  private static Properties settings(String[] arguments) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[0]);
    settings.put("application.id", arguments[1]);
    settings.put("state.dir", arguments[4]);
    settings.put("auto.offset.reset", "earliest");
    settings.put("replication.factor", "1");
    settings.put("processing.guarantee", "exactly_once_v2");
    for (int i = 5; i < arguments.length; i++) {
      String[] setting = arguments[i].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    return settings;
  }

  private static Topology topology(String source, String output, boolean cached) {
    StoreBuilder<KeyValueStore<String, Long>> store =
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.Long())
            .withLoggingEnabled(Map.of());
    return new Topology()
        .addSource("orders", new ByteArrayDeserializer(), new ByteArrayDeserializer(), source)
        .addProcessor("count", Count::new, "orders")
        .addStateStore(cached ? store.withCachingEnabled() : store.withCachingDisabled(), "count")
        .addSink("counted", output, new ByteArraySerializer(), new ByteArraySerializer(), "count");
  }
}
