//! A private Elasticsearch: the server build that Elastic publishes to Maven, fetched and unpacked once.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    account,
    place::{Home, target},
    port::Port,
    probe,
    process::{Process, Program, Signal, run, which},
};

/// The version.
pub const VERSION: &str = "8.19.0";

/// The oldest Java that runs it.
pub const OLDEST_JAVA: u32 = 17;

/// A running node of Elasticsearch, without security, on the loopback address only: alone, or one of several that form a
/// cluster.
#[derive(Debug)]
pub struct Elasticsearch {
    process: Process,
    port: Port,
    _transport: Port,
}

impl Elasticsearch {
    /// Starts it on the data of `home`, with `heap` megabytes of memory, and does not wait for it to be up: that takes
    /// seconds, in which others can start. Then [`Elasticsearch::wait`].
    ///
    /// # Errors
    /// When Java or the server is missing and cannot be fetched; the message says what to do.
    pub fn launch(home: &Home, port: Port, heap: u32) -> Result<Self> {
        Self::node(home, "elasticsearch", [port, Port::any()?], heap, "discovery.type: single-node\n")
    }

    /// Starts `count` nodes of one cluster, each with `heap` megabytes and data of its own in `home`, and does not wait for
    /// them to find one another: [`Elasticsearch::has_nodes`] tells.
    ///
    /// # Errors
    /// As [`Elasticsearch::launch`].
    pub fn launch_cluster(home: &Home, count: usize, heap: u32) -> Result<Vec<Self>> {
        let ports = (0..count).map(|_| Ok([Port::any()?, Port::any()?])).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = (1..=count).map(|number| format!("node-{number}")).collect();
        let seeds: Vec<String> =
            ports.iter().map(|[_, transport]| format!("127.0.0.1:{}", transport.number())).collect();
        let start = |(ports, name): ([Port; 2], &String)| {
            let cluster = format!(
                "node.name: {name}\ndiscovery.seed_hosts: [{}]\ncluster.initial_master_nodes: [{}]\n",
                seeds.join(", "),
                names.join(", ")
            );
            Self::node(home, &format!("elasticsearch-{name}"), ports, heap, &cluster)
        };
        ports.into_iter().zip(&names).map(start).collect()
    }

    /// Starts a node in the folder `place` of `home`; `cluster` says with whom.
    fn node(
        home: &Home,
        place: &str,
        [port, transport]: [Port; 2],
        heap: u32,
        cluster: &str,
    ) -> Result<Self> {
        let java = java().with_context(|| {
            format!("Java {OLDEST_JAVA} or newer is missing: `apt-get install openjdk-17-jre-headless`")
        })?;
        let distribution = distribution(home)?;
        let folder = home.folder(place)?;
        let config = configure(home, &distribution, &folder, [&port, &transport], cluster)?;
        // The quick compiler and the collector for one core: on two cores that starts in two thirds of the time.
        let options =
            format!("-Xms{heap}m -Xmx{heap}m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch");
        let temporary = home.folder(&format!("{place}/tmp"))?;
        let process = Process::start(Program {
            name: place.to_owned(),
            file: distribution.join("bin/elasticsearch"),
            arguments: Vec::new(),
            environment: vec![
                ("ES_JAVA_HOME".to_owned(), java.to_string_lossy().into_owned()),
                ("ES_JAVA_OPTS".to_owned(), options),
                ("ES_PATH_CONF".to_owned(), config.to_string_lossy().into_owned()),
                ("ES_TMPDIR".to_owned(), temporary.to_string_lossy().into_owned()),
                ("CLI_JAVA_OPTS".to_owned(), "-XX:TieredStopAtLevel=1".to_owned()),
            ],
            log: folder.join("elasticsearch.log"),
            folder,
            account: home.account().cloned(),
            stop: Signal::SIGTERM,
        })?;
        Ok(Self { process, port, _transport: transport })
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it does not come up; the message holds the end of its log.
    pub fn wait(&self) -> Result<()> {
        self.process.wait_until(Duration::from_mins(3), |_| self.is_up())
    }

    /// Starts it again on the same data, once it has ended; as [`Elasticsearch::launch`], it does not wait.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn restart(&mut self) -> Result<()> {
        self.process.stop(Duration::from_secs(20));
        self.process = Process::start(self.process.program().clone())?;
        Ok(())
    }

    /// Ends it as a power cut would, and does not wait until it is gone. What was started only minds the server, which is
    /// its child: killed alone it would leave the server time to close in good order.
    pub fn kill(&self) {
        self.process.signal_children(Signal::SIGKILL);
        self.process.signal(Signal::SIGKILL);
    }

    /// Whether it answers.
    pub fn is_up(&self) -> bool {
        let question = "/_cluster/health?wait_for_status=yellow&timeout=200ms";
        probe::status(self.port.number(), question) == Some(200)
    }

    /// Whether it is one of so many that found one another, and every copy of every index is where it should be.
    pub fn has_nodes(&self, count: usize) -> bool {
        let question = format!("/_cluster/health?wait_for_nodes={count}&wait_for_status=green&timeout=200ms");
        probe::status(self.port.number(), &question) == Some(200)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }

    /// Its process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

/// The home folder of a Java that is new enough, if there is one.
pub fn java() -> Option<PathBuf> {
    let named = std::env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin/java"));
    let installed = std::fs::read_dir("/usr/lib/jvm").into_iter().flatten();
    let installed = installed.filter_map(|folder| Some(folder.ok()?.path().join("bin/java")));
    named
        .into_iter()
        .chain(which("java"))
        .chain(installed)
        .filter(|java| java.is_file())
        .find(|java| java_version(java).is_some_and(|version| version >= OLDEST_JAVA))
        .and_then(|java| Some(java.canonicalize().ok()?.ancestors().nth(2)?.to_path_buf()))
}

fn java_version(java: &Path) -> Option<u32> {
    // It prints `openjdk version "17.0.2"` to its standard error.
    let output = Command::new(java).arg("-version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.split('"').nth(1)?.split('.').next()?.parse().ok()
}

/// The unpacked server; fetched with Maven and unpacked when missing.
fn distribution(home: &Home) -> Result<PathBuf> {
    let cache = home.base().to_path_buf();
    let unpacked = cache.join(format!("elasticsearch-{VERSION}"));
    let lock = File::create(cache.join("elasticsearch.lock"))?;
    lock.lock()?;
    if !unpacked.is_dir() {
        let zip = fetch()?;
        let parts = cache.join("elasticsearch.part");
        drop(std::fs::remove_dir_all(&parts));
        run(Command::new("unzip").arg("-q").arg(&zip).arg("-d").arg(&parts))
            .context("unpacking Elasticsearch failed; is `unzip` installed?")?;
        account::give(&parts, home.account())?;
        std::fs::rename(parts.join(format!("elasticsearch-{VERSION}")), &unpacked)?;
        std::fs::remove_dir_all(&parts)?;
    }
    Ok(unpacked)
}

/// The archive from the local Maven repository; fetched when it is not there.
fn fetch() -> Result<PathBuf> {
    let folder = target().join("devstack/maven");
    let zip = folder.join(format!("elasticsearch-{VERSION}.zip"));
    if zip.is_file() {
        return Ok(zip);
    }
    if let Some(zip) = in_repository() {
        return Ok(zip);
    }
    let artifact = format!("org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip");
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:get", "-Dtransitive=false"]).arg(format!("-Dartifact={artifact}"));
    run(&mut maven)
        .context("fetching Elasticsearch with Maven failed; is `maven` installed and the network there?")?;
    if let Some(zip) = in_repository() {
        return Ok(zip);
    }
    // A repository of another place: ask Maven for a copy.
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy"]).arg(format!("-Dartifact={artifact}"));
    maven.arg(format!("-DoutputDirectory={}", folder.display()));
    run(&mut maven).context("copying Elasticsearch out of Maven's repository failed")?;
    if zip.is_file() { Ok(zip) } else { bail!("Maven did not leave {}", zip.display()) }
}

fn in_repository() -> Option<PathBuf> {
    let repository = std::env::home_dir()?.join(".m2/repository");
    let folder = repository.join("org/elasticsearch/distribution/integ-test-zip/elasticsearch").join(VERSION);
    Some(folder.join(format!("elasticsearch-{VERSION}.zip"))).filter(|zip| zip.is_file())
}

/// Writes the configuration. An unknown setting stops this build, so there is no more than it takes.
fn configure(
    home: &Home,
    distribution: &Path,
    folder: &Path,
    ports: [&Port; 2],
    cluster: &str,
) -> Result<PathBuf> {
    let config = folder.join("config");
    std::fs::create_dir_all(config.join("jvm.options.d"))?;
    let options = std::fs::read_to_string(distribution.join("config/jvm.options"))?;
    // Its collector is for many cores; the one that we name instead cannot stand beside it.
    let options: Vec<_> = options.lines().filter(|line| !line.contains("G1")).collect();
    std::fs::write(config.join("jvm.options"), options.join("\n") + "\n")?;
    for file in ["log4j2.properties", "users", "users_roles", "roles.yml", "role_mapping.yml"] {
        std::fs::copy(distribution.join("config").join(file), config.join(file))?;
    }
    let [http, transport] = ports.map(Port::number);
    // On a disk that is nearly full it would take no new index; our data are small and thrown away or made again.
    let settings = format!(
        "cluster.name: usher\n{cluster}xpack.security.enabled: false\nnetwork.host: 127.0.0.1\n\
         cluster.routing.allocation.disk.threshold_enabled: false\n\
         http.port: {http}\ntransport.port: {transport}\npath.data: {folder}/data\npath.logs: {folder}/logs\n",
        folder = folder.display()
    );
    std::fs::write(config.join("elasticsearch.yml"), settings)?;
    account::give(&config, home.account())?;
    Ok(config)
}
