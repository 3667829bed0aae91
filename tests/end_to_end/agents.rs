//! `mcp`: what an agent's end of the protocol sees and gets.

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;
use rmcp::ServiceExt as _;
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::TokioChildProcess;
use serde_json::{Value, json};

use crate::harness::{faulty_lab, kubectl, nothing_left};

const GATEWAY: [(&str, &str); 2] = [("service", "istio-ingressgateway"), ("namespace", "istio-system")];

type Client = RunningService<RoleClient, ()>;

async fn client(lab: &Lab, words: &[&str]) -> Client {
    let mut command = lab.command(Vantage::Control, "kubectl");
    command.args(["lbprobe", "mcp"]).args(words);
    ().serve(TokioChildProcess::new(tokio::process::Command::from(command)).unwrap()).await.unwrap()
}

async fn call(client: &Client, tool: &'static str, arguments: &[(&str, Value)]) -> CallToolResult {
    let arguments = arguments.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await.unwrap()
}

fn of_gateway(more: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    GATEWAY.into_iter().map(|(key, value)| (key, json!(value))).chain(more.iter().cloned()).collect()
}

/// All that it says.
fn text(result: &CallToolResult) -> String {
    result.content.iter().map(|block| block.as_text().unwrap().text.as_str()).collect::<Vec<_>>().join("\n")
}

fn failed(result: &CallToolResult) -> bool {
    result.is_error == Some(true)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(work)
}

#[test]
fn an_agent_looks_measures_and_verifies_and_changes_nothing() {
    let lab = faulty_lab();
    run(async {
        let client = client(&lab, &[]).await;
        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert!(["list", "explain", "run", "diagnose", "verify"].iter().all(|name| names.contains(name)) && names.len() == 5, "{names:?}");
        assert!(tools.iter().all(|tool| tool.annotations.as_ref().is_some_and(|told| told.read_only_hint == Some(true))), "{tools:#?}");
        let listed = call(&client, "list", &[]).await;
        assert!(!failed(&listed) && text(&listed).contains("istio-ingressgateway"), "{listed:#?}");
        let explained = call(&client, "explain", &of_gateway(&[("changes", json!(["externalTrafficPolicy=Cluster"]))])).await;
        assert!(text(&explained).starts_with("exit code 0") && text(&explained).contains("FINE"), "{explained:#?}");
        let measured = call(&client, "run", &of_gateway(&[("form", json!("json"))])).await;
        assert!(text(&measured).starts_with("exit code 3") && !failed(&measured), "{measured:#?}");
        nothing_left(&lab);
        let report = &measured.content[1].as_text().unwrap().text;
        let diagnosed = call(&client, "diagnose", &[("report", json!(report))]).await;
        assert!(text(&diagnosed).contains("externalTrafficPolicy is Local"), "{diagnosed:#?}");
        let verified = call(&client, "verify", &of_gateway(&[("baseline", json!(report))])).await;
        assert!(text(&verified).starts_with("exit code 3"), "{verified:#?}");
        let refused = call(&client, "explain", &[("service", json!("--kubeconfig=/tmp/x")), ("namespace", json!("shop"))]).await;
        assert!(failed(&refused) && text(&refused).contains("is not a name of an object"), "{refused:#?}");
        let missing = call(&client, "explain", &[("service", json!("nobody")), ("namespace", json!("shop"))]).await;
        assert!(failed(&missing) && text(&missing).contains("hint:"), "{missing:#?}");
        let fix = CallToolRequestParams::new("fix").with_arguments(serde_json::Map::new());
        assert!(client.call_tool(fix).await.is_err(), "it is not offered");
        client.cancel().await.unwrap();
    });
    nothing_left(&lab);
}

#[test]
fn an_agent_that_may_fixes_a_service() {
    let lab = faulty_lab();
    let policy =
        || kubectl(&lab, &["get", "service", "istio-ingressgateway", "-n", "istio-system", "-o", "jsonpath={.spec.externalTrafficPolicy}"]);
    assert_eq!(policy(), "Local");
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let client = client(&lab, &["--allow-fix", "--save", folder.path().to_str().unwrap()]).await;
        let fixed = call(&client, "fix", &of_gateway(&[("strategy", json!("cluster"))])).await;
        assert!(text(&fixed).starts_with("exit code 0"), "{fixed:#?}");
        client.cancel().await.unwrap();
    });
    assert_eq!(policy(), "Cluster");
    let records = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(records, 3, "before, change and after");
    nothing_left(&lab);
}
