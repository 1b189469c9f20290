using NNTileLogger.AppHost.Compose;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>The HTTPS front as a container, of the profile tls; called from <see cref="LoggerDeployment"/>.</summary>
internal static class ProxyDeployment
{
    private const string Profile = "tls";
    private const string Certificates = "/certs";
    private const string TlsHost = "TLS_HOST";

    public static IResourceBuilder<ProjectResource> PublishProxy(
        this IResourceBuilder<ProjectResource> proxy, Settings settings, AppHostOptions options)
    {
        var https = settings.AddPort("TLS_PORT", options.TlsPort ?? AppHostOptions.TlsPortDefault, "Port of this machine for https (--profile tls).");
        var folder = settings.Add("CERTIFICATES", "./certs",
            "Folder of this machine with the certificate, mounted as /certs, and the files' paths there. Take the whole folder\n"
            + "that a renewal changes: for Let's Encrypt /etc/letsencrypt, with /certs/live/HOST/fullchain.pem and privkey.pem.");
        var files = new Dictionary<string, IResourceBuilder<ParameterResource>>
        {
            ["TLS_CERT_FILE"] = settings.Add("TLS_CERT_FILE", Certificates + "/cert.pem"),
            ["TLS_KEY_FILE"] = settings.Add("TLS_KEY_FILE", Certificates + "/key.pem"),
        };
        var user = settings.Add("PROXY_USER", ServiceExtensions.User, "Numbers of the user and group as which the proxy runs: the key must be theirs to read (ls -ln).");
        files["TLS_KEY_PASSWORD"] = settings.Add("TLS_KEY_PASSWORD", "", "Opens an encrypted key.");
        foreach (var (name, parameter) in settings.AddHandedOn(
            ["PROXY_AUTH_FILE", "PROXY_TOKEN_FILE", "TLS_CLIENT_CA_FILE"], new Dictionary<string, string>(),
            "Who may come in, everyone where all are empty: paths such as /certs/users. See WEB_BIND_ADDRESS too."))
        {
            files[name] = parameter;
        }

        var limits = settings.AddHandedOn(
            AppHostOptions.HandedOnToProxy.Except([TlsHost, "TZ"]), options.ProxyVariables,
            "Options of the proxy, which the README explains; empty takes the default.");
        foreach (var (name, parameter) in files.Concat(limits))
        {
            proxy.WithEnvironment(name, parameter);
        }

        return proxy.WithEnvironment(context => context.EnvironmentVariables.Remove(TlsHost))
            .WithoutUnwantedVariables()
            .PublishAsDockerFile(image => image.WithDockerfile("..", "NNTileLogger.Proxy/Dockerfile"))
            .PublishAsDockerComposeService((resource, service) =>
            {
                service.Image = "nntile-logger-proxy";
                service.Profiles.Add(Profile);
                service.Publish(resource.TargetPort("https"), https);
                service.Volumes.Add(new ServiceVolume
                {
                    Type = "bind",
                    Source = folder.AsEnvironmentPlaceholder(),
                    Target = Certificates,
                    ReadOnly = true,
                    Bind = new BindOptions(CreateHostPath: false),
                });
                LoggerNetwork.Join(service);
                service.KeepRunning();
                service.Confine(user.AsEnvironmentPlaceholder());
                service.CheckHealth("dotnet", "/app/NNTileLogger.Proxy.dll", ServiceDefaults.HealthProbe.Argument);
            });
    }
}
