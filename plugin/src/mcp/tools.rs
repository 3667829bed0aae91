//! The tools, with the words by which a model chooses among them.

use std::sync::Arc;

use lbprobe_analysis::text::{self, Language};
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock, Implementation, ServerCapabilities, ServerConfig};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};

use super::arguments::{CommandLine, DiagnoseArguments, ExplainArguments, FixArguments, ListArguments, ServiceArguments, VerifyArguments};
use super::{FIX, Program};
use crate::error::WrongCall;
use crate::settings::Fixing;

/// The tools of one server.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    program: Arc<Program>,
    router: ToolRouter<Self>,
}

impl Tools {
    pub(super) fn new(program: Program) -> Self {
        let mut router = Self::tool_router();
        if matches!(program.fixing, Fixing::NotOffered) {
            router.remove_route(FIX);
        }
        Self { program: Arc::new(program), router }
    }

    /// Runs a command line, or tells why there is none.
    async fn answer(&self, line: Result<CommandLine, WrongCall>) -> CallToolResult {
        match line {
            Ok(CommandLine { words, input }) => self.program.run(&words, &input).await,
            Err(cause) => CallToolResult::error(vec![ContentBlock::text(cause.to_string())]),
        }
    }
}

#[tool_router]
impl Tools {
    /// Every Service that clients outside have an address for, with what is predicted for it: a line each. Creates nothing.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn list(&self, Parameters(arguments): Parameters<ListArguments>) -> CallToolResult {
        self.answer(arguments.try_into()).await
    }

    /// Predict from which nodes a Service's load balancer fails, why, and what each fix would change. With changes: what would be
    /// after them. Reads the cluster and creates nothing.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn explain(&self, Parameters(arguments): Parameters<ExplainArguments>) -> CallToolResult {
        self.answer(arguments.try_into()).await
    }

    /// Measure from every node whether a Service's load balancer answers, and say what is wrong. Starts probe pods, which go again
    /// after a few seconds; nothing else of the cluster changes.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn run(&self, Parameters(arguments): Parameters<ServiceArguments>) -> CallToolResult {
        self.answer(arguments.run()).await
    }

    /// Repeat the diagnosis of a report that run gave as json. Needs no cluster.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn diagnose(&self, Parameters(arguments): Parameters<DiagnoseArguments>) -> CallToolResult {
        self.answer(arguments.try_into()).await
    }

    /// Measure once more what an earlier report has, and say node by node what was fixed and what broke.
    #[tool(annotations(read_only_hint = true, open_world_hint = false))]
    async fn verify(&self, Parameters(arguments): Parameters<VerifyArguments>) -> CallToolResult {
        self.answer(arguments.try_into()).await
    }

    /// Apply one of the fixes that a report names, by its strategy, and verify it. Changes the cluster.
    #[tool(annotations(read_only_hint = false, destructive_hint = true, open_world_hint = false))]
    async fn fix(&self, Parameters(arguments): Parameters<FixArguments>) -> CallToolResult {
        self.answer(arguments.try_into()).await
    }
}

#[tool_handler(router = self.router)]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new("kubectl-lbprobe", env!("CARGO_PKG_VERSION"));
        info.instructions = Some(text::agent_instructions(Language::English).into());
        info
    }
}
