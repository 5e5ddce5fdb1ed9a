// The commands and their options, declared to CLI11.
#include "conf/command_line.hpp"

#include "conf/values.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <sstream>

namespace dicomcast::conf {

namespace {

constexpr int wrong_command_line = 2;

/// Reads a sequence number by itself: CLI11 would take 010 for 8, and let a number too large pass.
const CLI::Validator& sequence_number() {
  static const CLI::Validator validator(
      [](std::string& text) {
        auto number = read_integer({Value::Kind::Text, text});
        if (!number || *number < 0)
          return fmt::format("'{}' is no sequence number: a whole number from 0 was expected", text);
        text = std::to_string(*number);
        return std::string();
      },
      "");
  return validator;
}

/// An option that may be repeated, and takes one value each time.
template<class T>
CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<T>& values, const std::string& what) {
  return app.add_option(name, values, what)->expected(1)->take_all()->allow_extra_args(false);
}

template<class T>
CLI::Option* add_sequence(CLI::App& app, const std::string& name, T& value, const std::string& what) {
  return app.add_option(name, value, what)->transform(sequence_number())->type_name("N");
}

class Reader {
public:
  explicit Reader(std::string_view version) {
    app_.set_version_flag("--version", fmt::format("dicomcast {}", version), "Print the version and exit");
    app_.require_subcommand(1);
    app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app_.get_formatter()->label("Subcommands", "Commands");
    app_.fallthrough(); // --config and --set after the command too
    app_.add_option("--config", common_.config_file, "Configuration file, conf/dicomcast.json by default")
        ->type_name("FILE");
    add_repeated(app_, "--set", common_.settings, "Override one key of the configuration (repeatable)")
        ->type_name("Key:Sub=value");
    app_.footer(
        "Exit codes: 0 done; 2 wrong command line or configuration; 3 done, but some entries could not be stored;\n"
        "4 could not go on.");

    add_backfill();
    add("daemon", "Poll the change feed until SIGTERM or SIGINT");
    add_json(*add("status", "Checkpoint, the feed's latest sequence, the lag, entries per exception table"),
             status_.json);
    add_errors();
    add_map();
    add("check", "Validate the configuration, both services and the state store");
    auto* reset = add("reset", "Set the checkpoint");
    add_sequence(*reset, "--to", reset_.to, "The last sequence that counts as done")->required();
  }

  std::variant<CommandLine, CommandLineEnd> read(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      std::ostringstream out, err;
      bool is_wish = app_.exit(error, out, err) == 0;
      return is_wish ? CommandLineEnd{0, out.str()}
                     : wrong(app_.get_subcommands().empty() ? no_command(error) : error.what());
    }
    if (backfill_.from && backfill_.to && *backfill_.from > *backfill_.to)
      return wrong(fmt::format("--from {} is above --to {}", *backfill_.from, *backfill_.to));
    if (replay_->parsed() && errors_.all)
      return wrong("--all goes with the list; replay takes the rows that are not done");
    if (!commit_mode_.empty())
      backfill_.commit_mode = commit_mode_ == "grouped" ? CommitMode::Grouped : CommitMode::PerEntry;
    common_.config_file_given = app_.count("--config") > 0;
    return CommandLine{std::move(common_), command()};
  }

private:
  CLI::App app_{"Brings the metadata of a DICOM service's change feed into a FHIR R4 service, in order.", "dicomcast"};
  CLI::App* replay_ = nullptr;
  CommonOptions common_;
  Backfill backfill_;
  std::string commit_mode_;
  Status status_;
  Errors errors_;
  Map map_;
  Reset reset_;

  CLI::App* add(const std::string& name, const std::string& what) {
    auto* command = app_.add_subcommand(name, what);
    command->footer("Every command takes --config FILE, --set Key:Sub=value (repeatable) and --help.");
    return command;
  }

  static void add_json(CLI::App& app, bool& json) { app.add_flag("--json", json, "Machine-readable output on stdout"); }

  void add_backfill() {
    auto* command = add("backfill", "Catch up to the feed's latest entry as of now, then exit");
    add_sequence(*command, "--from", backfill_.from, "First sequence, inclusive; without it, on from the checkpoint");
    add_sequence(*command, "--to", backfill_.to, "Last sequence, inclusive");
    command->add_option("--commit-mode", commit_mode_, "per-entry or grouped; wins over Engine:CommitMode")
        ->transform(CLI::IsMember({"per-entry", "grouped"}, CLI::ignore_case).description(""))
        ->type_name("MODE");
    command->add_flag("--rewrite-observations", backfill_.rewrite_observations,
                      "Reports bring their Observations over as an update would, also those of a create");
    add_json(*command, backfill_.json);
  }

  void add_errors() {
    auto* command = add("errors", "List the rows of the exception tables");
    add_repeated(*command, "--table", errors_.filter.tables, "Only this table, such as FhirFailToStore (repeatable)")
        ->type_name("TABLE");
    command->add_option("--study", errors_.filter.study, "Only this StudyInstanceUID")->type_name("UID");
    add_sequence(*command, "--since-sequence", errors_.filter.since_sequence, "Only from this sequence on, inclusive");
    command->add_flag("--all", errors_.all, "Rows that were replayed too");
    add_json(*command, errors_.json);
    replay_ = command->add_subcommand("replay", "Process failed entries again, in order, as the feed gives them now");
    replay_->fallthrough();
    replay_->footer(
        "Takes the filters of `dicomcast errors`: --table, --study, --since-sequence; and --json, --config, --set.");
  }

  void add_map() {
    auto* command = add("map", "Print the transaction that an entry would cause; send nothing");
    command
        ->add_option("ENTRY", map_.entry,
                     "File with one entry of the change feed, a DICOM JSON dataset, or (with dcmtk) a DICOM file")
        ->required()
        ->type_name("FILE");
    add_repeated(*command, "--existing", map_.existing,
                 "JSON file with a resource, or a Bundle of them, that is there (repeatable)")
        ->type_name("FILE");
    command->add_flag("--explain", map_.explain,
                      "Say on stderr what becomes of each tag, what is searched, and what the entry does and why");
  }

  Command command() {
    const auto& name = app_.get_subcommands().front()->get_name();
    if (name == "daemon")
      return Daemon{};
    if (name == "backfill")
      return backfill_;
    if (name == "status")
      return status_;
    if (name == "errors")
      return replay_->parsed() ? Command(ErrorsReplay{errors_.filter, errors_.json}) : Command(errors_);
    if (name == "map")
      return map_;
    if (name == "check")
      return Check{};
    return reset_;
  }

  std::string no_command(const CLI::ParseError& error) const {
    auto unknown = app_.remaining();
    if (error.get_name() != "RequiredError")
      return error.what();
    if (unknown.empty())
      return "a command is missing";
    return fmt::format("there is no {} '{}'", unknown.front().substr(0, 1) == "-" ? "option" : "command",
                       unknown.front());
  }

  /// The message, and where to read on: the help of the command that was meant.
  CommandLineEnd wrong(const std::string& message) const {
    auto commands = app_.get_subcommands();
    auto meant = commands.empty() ? std::string() : " " + commands.front()->get_name();
    return {wrong_command_line, fmt::format("dicomcast: {}\nTry `dicomcast{} --help`.\n", message, meant)};
  }
};

} // namespace

std::variant<CommandLine, CommandLineEnd> read_command_line(int argc, const char* const* argv,
                                                            std::string_view version) {
  return Reader(version).read(argc, argv);
}

} // namespace dicomcast::conf
